#!/usr/bin/env bash
# How long a call of each shipped kernel and of each operation of each package trial lasts, and how long its set-up: the
# measuring process alternates two builds call by call, so a call should take at most some tenths of a millisecond.
#   benches/calls.sh [WHAT...]      kernels (zlib/crc32) or packages' operations (zstd:compress-1) by a glob; default: all
#   CC, CFLAGS (default -O2); ROUNDS (5); CALLS (64); SUMS=1 prints the checksum of all calls too
# The n-th call does the same work in every process, so of several processes the shortest n-th call counts: what the machine
# was doing meanwhile drops out. Times are CPU time. The packages are built from the crates that the tests use.
set -euo pipefail
cd "$(dirname "$0")/.."
probes=$PWD/probes cc=${CC-gcc} flags=${CFLAGS--O2} rounds=${ROUNDS-5} calls=${CALLS-64}
[ $# -gt 0 ] || set -- '*'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/calls.c" <<'C'
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096 };

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Set-up and calls of one fresh process, each kept where it is shorter than before. */
static int once(const char *path, unsigned dataset, int calls, uint64_t *set_up, uint64_t *took, uint64_t *sum)
{
    static uint64_t mine[MOST + 2];
    int ends[2];
    if (pipe(ends) != 0) return 5;
    pid_t child = fork();
    if (child == 0) {
        void *library = dlopen(path, RTLD_NOW);
        if (!library) fprintf(stderr, "%s\n", dlerror()), _exit(4);
        int (*choose)(unsigned) = (int (*)(unsigned))dlsym(library, "probe_dataset");
        void (*prepare)(uint64_t) = (void (*)(uint64_t))dlsym(library, "probe_setup");
        uint64_t (*run)(void) = (uint64_t (*)(void))dlsym(library, "probe_run"), hash = 0;
        if (choose ? choose(dataset) != 0 : dataset != 0) _exit(3);
        uint64_t before = now();
        prepare(7);
        mine[0] = now() - before;
        /* As many calls before as are timed: pages, caches and predictors are warm. */
        for (int i = -calls; i < calls; i++) {
            before = now();
            hash = (hash ^ run()) * 0x100000001b3u;
            if (i >= 0) mine[2 + i] = now() - before;
        }
        mine[1] = hash;
        ssize_t size = (ssize_t)((2 + (size_t)calls) * sizeof *mine);
        _exit(write(ends[1], mine, (size_t)size) == size ? 0 : 5);
    }
    close(ends[1]);
    char *to = (char *)mine;
    for (ssize_t n; (n = read(ends[0], to, 65536)) > 0;) to += n;
    close(ends[0]);
    int status;
    if (waitpid(child, &status, 0) != child) return 5;
    if (!WIFEXITED(status)) return 6;
    if (WEXITSTATUS(status) != 0) return WEXITSTATUS(status);
    if (mine[0] < *set_up) *set_up = mine[0];
    if (*sum != 0 && *sum != mine[1]) return 7;
    *sum = mine[1];
    for (int i = 0; i < calls; i++)
        if (mine[2 + i] < took[i]) took[i] = mine[2 + i];
    return 0;
}

int main(int n, char **words)
{
    int rounds = atoi(words[3]), calls = atoi(words[4]);
    static uint64_t took[MOST];
    for (unsigned dataset = 0; n > 4 && calls <= MOST; dataset++) {
        uint64_t set_up = UINT64_MAX, sum = 0, all = 0;
        for (int i = 0; i < calls; i++) took[i] = UINT64_MAX;
        for (int i = 0; i < rounds; i++) {
            int failed = once(words[1], dataset, calls, &set_up, took, &sum);
            if (failed == 3) return 0;
            if (failed) return fprintf(stderr, "%s, data set %u: failed, %d\n", words[2], dataset, failed), failed;
        }
        if (getenv("EACH")) {
            for (int i = 0; i < calls; i++) printf(" %.0f", (double)took[i] / 1e3);
            printf("\n");
        }
        for (int i = 0; i < calls; i++) all += took[i];
        qsort(took, (size_t)calls, sizeof *took, ascending);
        printf("%-24s %3u %10.1f %10.1f %10.1f %10.2f", words[2], dataset, (double)took[calls / 2] / 1e3,
               (double)all / calls / 1e3, (double)took[calls - 1] / 1e3, (double)set_up / 1e6);
        if (getenv("SUMS")) printf("  %016llx", (unsigned long long)sum);
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
C
gcc -O2 -Wall -Wextra "$scratch/calls.c" -o "$scratch/calls" -ldl

wanted() { # NAME PATTERN...
  local name=$1 pattern; shift
  for pattern; do
    # shellcheck disable=SC2053  # a glob
    [[ $name == $pattern ]] && return 0
  done
  return 1
}
measure() { "$scratch/calls" "$1" "$2" "$rounds" "$calls"; }

printf '%-24s %3s %10s %10s %10s %10s\n' "what ($cc $flags)" set 'median us' 'mean us' 'longest us' 'set-up ms'
for file in "$probes"/*/*.c; do
  head -1 "$file" | grep -q '^/\* hwtune:' || continue
  name=${file#"$probes/"} name=${name%.c}
  wanted "$name" "$@" || continue
  folder=$(dirname "$file") units=()
  # The lists of further units in the front matter.
  while read -r unit; do units+=("$folder/$unit"); done \
    < <(sed -n '1,/\*\//p' "$file" | grep -E '^(units|setup) = ' | grep -oE '[a-z0-9_]+\.c' || true)
  # shellcheck disable=SC2086  # flags are words
  $cc $flags -fPIC -shared -I"$probes" "$file" ${units[@]+"${units[@]}"} "$probes/support.c" -o "$scratch/kernel.so"
  measure "$scratch/kernel.so" "$name"
done

# The crates that carry sources: PACKAGE, crate, folder below.
crates='zlib libz-sys src/zlib
bzip2 bzip2-sys .
libdeflate libdeflate-sys libdeflate
lz4 lz4-sys liblz4
xz lzma-sys xz-5.2
zstd zstd-sys zstd
glibc - -'
# One line: the package's sources, then its includes and definitions. Writes its config.h.
plan() { # PACKAGE CRATE BELOW FOLDER
  python3 - "${CARGO_HOME-$HOME/.cargo}" "$probes" "$@" <<'PY'
import glob, os, sys, tomllib
cargo, probes, package, crate, below, folder = sys.argv[1:]
trial = tomllib.load(open(f"{probes}/{package}/trial.toml", "rb"))
print(" ".join(o["name"] for o in trial["operation"]))
build = trial.get("build")
if build:
    # Where cargo unpacked it; cargo itself would wait for whoever builds.
    version = next(p["version"] for p in tomllib.load(open("Cargo.lock", "rb"))["package"] if p["name"] == crate)
    place = next(iter(glob.glob(f"{cargo}/registry/src/*/{crate}-{version}")), None)
    if place is None:
        sys.exit(f"calls.sh: {crate} {version} is not there; fetch it with: cargo fetch --locked")
    root = os.path.join(place, below)
    found = next(d for d, _, _ in os.walk(root) if all(glob.glob(f"{d}/{g}") for g in build["sources"]))
    leave = {f for g in build.get("leave_out", []) for f in glob.glob(f"{found}/{g}")}
    print(" ".join(sorted({f for g in build["sources"] for f in glob.glob(f"{found}/{g}")} - leave)))
    for name, values in build.get("config", {}).items():
        with open(f"{folder}/{name}", "w") as to:
            for key, value in values.items():
                to.write(f"#define {key} {1 if value is True else value}\n")
    print(" ".join([f"-I{folder}"] + [f"-I{found}/{i}" for i in build["include"]] + [f"-D{d}" for d in build.get("defines", [])]))
else:
    print("\n")
PY
}
while read -r package crate below; do
  mkdir "$scratch/$package"
  plan "$package" "$crate" "$below" "$scratch/$package" >"$scratch/plan"
  { read -r operations; read -r sources; read -r options; } <"$scratch/plan"
  chosen=
  for operation in $operations; do
    if wanted "$package:$operation" "$@"; then chosen+=" $operation"; fi
  done
  [ -n "$chosen" ] || continue
  # shellcheck disable=SC2086  # lists of words
  if [ -n "$sources" ]; then (cd "$scratch/$package" && $cc $flags -w -fPIC $options -c $sources); fi
  at=0
  for operation in $operations; do
    if wanted "$package:$operation" "$@"; then
      objects=$(find "$scratch/$package" -name '*.o')
      # shellcheck disable=SC2086
      $cc -O2 -fno-builtin -fPIC -shared -DTRIAL_OPERATION=$at -I"$probes" "$probes/$package/trial.c" "$probes/support.c" \
        $objects -o "$scratch/trial.so" -lm -ldl -lpthread
      measure "$scratch/trial.so" "$package:$operation"
    fi
    at=$((at + 1))
  done
done <<<"$crates"
