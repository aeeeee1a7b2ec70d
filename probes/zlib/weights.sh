#!/bin/sh
# Instruction shares of zlib's functions in programs that link it: the source of the weights in packages.toml
# (kernels) and trial.toml (operations). With --operations, their shares in the operations of trial.toml itself, as its
# driver trial.c runs them: the source of the shares there.
#
#   probes/zlib/weights.sh ZLIB-SOURCE-TREE GIT-REPOSITORY [WORK-DIRECTORY]
#   probes/zlib/weights.sh --operations ZLIB-SOURCE-TREE [WORK-DIRECTORY]
#
# Needs gcc, valgrind, git, python3; takes some minutes, --operations one. The zlib under test is built from the tree with
# debugging information and its own -O3, inlining kept off so that each function keeps its name, and is put before the
# system's by LD_LIBRARY_PATH (without symbol versions, of which the loader complains). Valgrind knows no AVX-512: glibc is
# set to do without. What is outside zlib (memcpy, memset, malloc) is left out.
set -eu

probes=$(cd "$(dirname "$0")/.." && pwd)
operations=
if [ "$1" = --operations ]; then
  operations=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$probes/zlib/trial.toml")
  shift
else
  repository=$(cd "$2" && git rev-parse --show-toplevel)
fi
tree=$(cd "$1" && pwd)
if [ -n "$operations" ]; then work=${2:-$(mktemp -d)}; else work=${3:-$(mktemp -d)}; fi
mkdir -p "$work/lib" "$work/in"
cd "$work"
work=$PWD
export LC_ALL=C GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD,-AVX2_Usable,-AVX2
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

if [ ! -e lib/libz.so.1 ]; then
  sources=$(ls "$tree"/*.c | grep -v -e /example.c -e /minigzip.c)
  # shellcheck disable=SC2086
  gcc -O3 -g -fPIC -shared -fno-inline -fno-ipa-cp -fno-ipa-sra -fno-partial-inlining -D_LARGEFILE64_SOURCE=1 -DHAVE_UNISTD_H \
    -I"$tree" $sources -Wl,-soname,libz.so.1 -o lib/libz.so.1
fi
export LD_LIBRARY_PATH=$work/lib

# A work directory that holds profiles already is only evaluated again where they are missing.
profile() { # NAME COMMAND...
  name=$1; shift
  ls "out.$name".* > /dev/null 2>&1 || valgrind --quiet --tool=callgrind $collect --trace-children=yes --callgrind-out-file="out.$name.%p" "$@" > /dev/null
}
collect=

if [ -n "$operations" ]; then
  # The driver as it is, each operation on each data set: three seeds, of which only the timed part is counted.
  cat > run.c <<'C'
#include "probe.h"
#include <stdlib.h>
int main(int n, char **words)
{
    uint64_t sum = 0;
    if (n < 2 || probe_dataset((unsigned)atoi(words[1])) != 0) return 1;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        probe_setup(seed);
        for (int call = 0; call < 128; call++) sum += probe_run(); /* whole streams */
    }
    return sum == 0;
}
C
  collect="--collect-atstart=no --toggle-collect=probe_run"
  at=0
  for operation in $operations; do
    # The compiler itself is to use its own zlib.
    LD_LIBRARY_PATH= gcc -O2 -g -DTRIAL_OPERATION=$at -I"$probes" run.c "$probes/zlib/trial.c" "$probes/support.c" lib/libz.so.1 -o "run-$operation"
    set=0
    # The first that is not there ends the list; callgrind must not write for it.
    while "./run-$operation" $set; do
      profile "$operation.$set" "./run-$operation" $set
      set=$((set + 1))
    done
    at=$((at + 1))
  done
else
git=${GIT:-git}
python=$(python3 -c 'import sys; print(sys.executable)')

# Inputs: the repository's own text, a JSON dump of its history, a program.
git -C "$repository" ls-files -z | head -z -n 60 | (cd "$repository" && xargs -0 cat) 2>/dev/null | head -c 400000 > in/text
git -C "$repository" log --format='{"commit":"%H","author":"%an","date":"%aI","subject":"%f"}' | head -c 300000 > in/json
head -c 400000 "$python" > in/binary

# git: write loose objects (level 1), pack them (level 6) and unpack them.
if ! ls out.git-unpack.* > /dev/null 2>&1; then
  rm -rf repo unpacked out.git-* && git init -q repo && mkdir -p repo/tree
  (cd "$repository" && git archive HEAD) | head -c 3000000 | tar -C repo/tree -xf - 2>/dev/null || true
  profile git-add $git -C repo -c gc.auto=0 add tree
  git -C repo -c user.name=x -c user.email=x@x -c gc.auto=0 commit -qm all
  profile git-pack $git -C repo pack-objects --all --no-reuse-object --no-reuse-delta --threads=1 -q pack < /dev/null
  git init -q --bare unpacked
  pack=$(ls repo/pack-*.pack)
  profile git-unpack sh -c "exec $git -C unpacked unpack-objects -q < '$PWD/$pack'"
fi
# Python's zlib, as its wheels, zip files and web servers use it: level 6, level 1, and reading.
for file in text json binary; do
  profile "python-6-$file" "$python" -c "import zlib; d=open('in/$file','rb').read(); [zlib.decompress(zlib.compress(d,6)) for _ in range(1)]; zlib.crc32(d)"
  profile "python-1-$file" "$python" -c "import zlib; d=open('in/$file','rb').read(); zlib.compress(d,1)"
done
# What curl --compressed does with an answer: gzip decoding, with its CRC, of what a server packed.
for file in text json; do
  python3 -c "import gzip; open('in/$file.gz','wb').write(gzip.compress(open('in/$file','rb').read()))"
  profile "gunzip-$file" "$python" -c "import zlib; d=open('in/$file.gz','rb').read(); [zlib.decompress(d,31) for _ in range(4)]"
done
fi

for out in out.*; do
  callgrind_annotate --threshold=100 --inclusive=no "$out" 2>/dev/null | sed "s/^/${out#out.} /"
done | python3 -c '
import collections, re, sys
operations = len(sys.argv) > 1
group = {"inflate_fast": "inflate_fast", "inflate": "inflate_fast", "inflate_table": "inflate_fast", "updatewindow": "inflate_fast",
         "crc32": "crc32", "adler32": "adler32", "fill_window": "slide_hash", "slide_hash": "slide_hash", "read_buf": "slide_hash",
         "deflate_slow": "deflate_slow", "deflate_fast": "deflate_fast"}
trees = re.compile(r"^(compress_block|build_tree|build_bl_tree|pqdownheap|gen_bitlen|gen_codes|scan_tree|send_tree|send_all_trees|init_block|bi_|_tr_|detect_data_type)")
shares = collections.Counter(); runs, parts = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter); total = collections.Counter()
for line in sys.stdin:
    m = re.match(r"(\S+)\s+([\d,]+) \([ \d.]+%\)\s+\S*?:(\S+) \[(.*)\]", line)
    if not m: continue
    run, count, name, where = m[1], int(m[2].replace(",", "")), m[3].split("\x27")[0], m[4]
    run = re.sub(r"\.\d+$", "", run)
    total[run] += count
    if "libz.so" not in where: continue
    name = re.sub(r"(_z|_little|_big|\.\w+|_combine.*)$", "", name)
    if name == "longest_match": kernel = name
    elif trees.match(name): kernel = "compress_block"
    else: kernel = group.get(name, "other")
    runs[run][kernel] += count
for run, c in sorted(runs.items()):
    # The matches are looked for on behalf of the two in the ratio of their own work.
    matches, fast, slow = c.pop("longest_match", 0), c["deflate_fast"], c["deflate_slow"]
    for k, v in (("deflate_fast", fast), ("deflate_slow", slow)):
        if v: c[k] += matches * v / (fast + slow)
    c = collections.Counter({k: v for k, v in c.items() if v})
    s = sum(c.values())
    print(f"{run:20} zlib is {100*s/total[run]:5.1f} % of {total[run]/1e6:8.1f} M instructions: " + ", ".join(f"{k} {100*v/s:.1f}" for k, v in c.most_common()))
    workload = re.sub(r"\.\d+$" if operations else r"-(text|json|binary)$", "", run)
    for k, v in c.items(): parts[workload][k] += v / s
    parts[workload]["runs"] += 1
if operations:
    print("\nmean share over the data sets, of zlib\x27s own instructions:")
    for operation, c in parts.items():
        n = c.pop("runs")
        print(f"  {operation:10} " + ", ".join(f"{k} = {v/n:.3f}" for k, v in c.most_common()))
    sys.exit()
for c in parts.values():
    n = c.pop("runs")
    for k, v in c.items(): shares[k] += v / n
s = sum(v for k, v in shares.items() if k != "other")
print(f"\nmean share over {len(parts)} workloads, without the rest:")
for k, v in shares.most_common():
    if k != "other": print(f"  {k:16} {v/s:.3f}")
' ${operations:+operations}
