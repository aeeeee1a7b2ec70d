#!/usr/bin/env bash
# Two tables about the whole host, as Markdown: what everyday code gains by domain, and what the portfolio promises for the
# host's flags against what real libraries gain from them.
#   benches/host.sh >tables.md      on a quiet machine; some half an hour
#   HWTUNE (target/release/hwtune); PROFILE: one that has [package.host] [default: measured first, BUDGET=5m]
#   EACH (4m): time for a library; LIBRARIES: "zlib=DIR lz4=DIR ...", any with a trial [default: the crates that the tests use]
#   LAYOUTS (12) on either side
set -euo pipefail
cd "$(dirname "$0")/.."
hwtune=${HWTUNE-target/release/hwtune} budget=${BUDGET-5m} each=${EACH-4m} layouts=${LAYOUTS-12}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
profile=${PROFILE-}
if [ -z "$profile" ]; then
  profile=$scratch/host.toml
  "$hwtune" tune --quiet --package host --budget "$budget" -o "$profile" >"$scratch/screen"
  cat "$scratch/screen" >&2
fi

# Where cargo unpacked the sources that the tests build.
crates() {
  python3 - "${CARGO_HOME-$HOME/.cargo}" <<'PY'
import glob, sys, tomllib
places = {"zlib": ("libz-sys", "src/zlib"), "bzip2": ("bzip2-sys", "."), "libdeflate": ("libdeflate-sys", "libdeflate"),
          "lz4": ("lz4-sys", "liblz4"), "xz": ("lzma-sys", "xz-5.2"), "zstd": ("zstd-sys", "zstd")}
lock = tomllib.load(open("Cargo.lock", "rb"))["package"]
for package, (crate, below) in places.items():
    version = next((p["version"] for p in lock if p["name"] == crate), None)
    found = glob.glob(f"{sys.argv[1]}/registry/src/*/{crate}-{version}/{below}")
    print(f"{package}={found[0]}" if found else f"{package}: fetch it with: cargo fetch --locked", file=sys.stdout if found else sys.stderr)
PY
}
libraries=${LIBRARIES-$(crates)}

python3 - "$profile" "$scratch/flags" <<'PY'
import sys, tomllib
profile = tomllib.load(open(sys.argv[1], "rb"))
section = profile["package"]["host"]
answers = [a for a in section.get("answer", []) if "effect" in a]
if not answers:
    sys.exit("host.sh: the profile has no confirmed answer for the whole host; measure with a larger BUDGET")
domains = sorted({d for a in answers for d in a.get("domain", {})})
cpu, gcc = profile["host"]["cpu"], section["toolchain"]
print(f"## Everyday code on {cpu} ({profile['host']['microarchitecture']}), {gcc}\n")
print("| question | flags | all [low, high] | " + " | ".join(domains) + " | code | compile time |")
print("|---|---|---|" + "---|" * (len(domains) + 2))
more = lambda pair: f"{100 * (pair['flags'] / pair['base'] - 1):+.0f} %" if pair else ""
for a in answers:
    flags = a["flags"] if len(a["flags"]) < 6 else a["flags"][:3] + [f"+{len(a['flags']) - 3}"]
    each = [f"{a['domain'][d]['effect']:+.1f}" if d in a.get("domain", {}) else "" for d in domains]
    whole = f"{a['effect']:+.1f} [{a['low']:+.1f}, {a['high']:+.1f}] {a['verdict']}"
    print(f"| {a['question']} | `{' '.join(flags)}` | {whole} | " + " | ".join(each) + f" | {more(a.get('code_bytes'))} | {more(a.get('compile_s'))} |")
print()
with open(sys.argv[2], "w") as to:
    for flags in dict.fromkeys(" ".join(a["flags"]) for a in answers):
        print(flags, file=to)
PY

for library in $libraries; do
  name=${library%%=*}
  "$hwtune" transfer --quiet --source "$library" --by host --candidates "$scratch/flags" --layouts "$layouts" --budget "$each" \
    --format json >"$scratch/$name.json" || echo "host.sh: $name: exit $?" >&2
done
python3 - "$scratch" <<'PY'
import glob, json, os, statistics, sys
print("## What the portfolio promises, and what the library gains\n")
print("| library | flags | promised, all | promised, its domain | measured [low, high] | sign | error |")
print("|---|---|---|---|---|---|---|")
errors, agreed, decided = [], 0, 0
for path in sorted(glob.glob(f"{sys.argv[1]}/*.json")):
    if os.path.getsize(path) == 0:
        continue
    made = json.load(open(path))
    for flag in made["flags"]:
        if "of_package" not in flag or flag.get("reason"):
            continue
        whole, real = flag["of_kernels"]["effect"], flag["of_package"]
        domain = statistics.fmean(f["effect"] for f in flag["foretold"].values()) if flag["foretold"] else whole
        error, sign = abs(domain - real["effect"]), ""
        if real["verdict"] in ("helps", "harms"):
            same = domain * real["effect"] > 0
            decided, agreed, sign = decided + 1, agreed + same, "same" if same else "OTHER"
            errors.append(error)
        words = flag["flags"] if len(flag["flags"]) < 6 else flag["flags"][:3] + [f"+{len(flag['flags']) - 3}"]
        print(f"| {made['sources'].rsplit(' sha256', 1)[0]} | `{' '.join(words)}` | {whole:+.1f} | {domain:+.1f} | "
              f"{real['effect']:+.1f} [{real['low']:+.1f}, {real['high']:+.1f}] | {sign} | {error:.1f} |")
if decided:
    print(f"\nOf {decided} pairs in which the library says helps or harms, {agreed} have the same sign; median error {statistics.median(errors):.1f}.")
PY
