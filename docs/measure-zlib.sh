#!/bin/sh
# The measurement of docs/zlib-and-glibc.md: hwtune's own choice for the real zlib against the six flags that people give
# it, one by one and together, per operation, on fresh links, processes and data.
#
#   docs/measure-zlib.sh ZLIB-SOURCES [OUT-DIRECTORY]
#
# ZLIB-SOURCES is a tree or archive of zlib 1.3, such as `cargo metadata` finds in the crate libz-sys (src/zlib). Takes
# some twenty minutes on a quiet machine. HWTUNE names the program, CC the compiler, BUDGET the time to tune (300s),
# LAYOUTS those of the comparison (32), SEED the draws.
set -eu
sources=$1
out=${2:-zlib-figures}
hwtune=${HWTUNE:-hwtune}
cc=${CC:-gcc}
mkdir -p "$out"

# 1. What hwtune finds by itself.
"$hwtune" tune --cc "$cc" --source zlib="$sources" --budget "${BUDGET:-300s}" --seed "${SEED:-1}" -o "$out/profile.toml" \
  > "$out/tune.txt"
choice=$(python3 -c 'import sys, tomllib
print(*tomllib.load(open(sys.argv[1], "rb"))["package"]["zlib"]["flags"])' "$out/profile.toml")

# 2. The six, for this CPU: -march and -mtune by the compiler's own name for it, one by one and together. -pipe changes no
#    code, and -O3 is zlib's own default: hwtune says so itself.
march=$("$cc" -march=native -Q --help=target | awk '$1 == "-march=" {print $2}')
{
  echo "-march=$march"
  echo "-mtune=$march"
  echo "-O3"
  echo "-pipe"
  echo "-fno-semantic-interposition"
  echo "-fno-plt"
  echo "-march=$march -mtune=$march -O3 -fno-semantic-interposition -fno-plt"
  if [ -n "$choice" ]; then echo "$choice"; fi
} > "$out/candidates"
"$hwtune" transfer --cc "$cc" --source zlib="$sources" --candidates "$out/candidates" --layouts "${LAYOUTS:-32}" \
  --budget 60m --seed "${SEED:-2}" --format json > "$out/transfer.json"

# 3. As tables.
python3 - "$out/transfer.json" "$choice" <<'PYTHON'
import json, sys
made, choice = json.load(open(sys.argv[1])), sys.argv[2]
print(f"{made['sources'].split(' sha256')[0]}, {made['toolchain']}, {made['layouts']} layouts, seed {made['seed']}; {made['same_code']} of the flags change no code\n")
operations = sorted({o for f in made["flags"] for o in f["operations"]})
print("| flags | weighted | " + " | ".join(o.split("/")[1] for o in operations) + " |")
print("|---|---|" + "---|" * len(operations))
def cell(f):
    return f"{f['effect']:+.1f} ({f['low']:+.1f} to {f['high']:+.1f})" if f["verdict"] != "same-code" else "same code"
for f in made["flags"]:
    name = " ".join(f["flags"])
    if name == choice: name += " **(hwtune)**"
    if f.get("reason"): print(f"| {name} | {f['reason']} |"); continue
    print(f"| {name} | {cell(f['of_package'])} | " + " | ".join(cell(f["operations"][o]) for o in operations) + " |")
print("\n| predicted by | n | same sign | opposite | silent | Spearman | median error |\n|---|---|---|---|---|---|---|")
for k in made["foretold"]:
    print(f"| {k['by']} {k['name']} | {k['n']} | {k['agreed']} | {k['opposite']} | {k['silent']} | {k.get('spearman', '-')} | {k.get('error', '-')} |")
print("\n| operation | " + " | ".join(" ".join(f["flags"]) for f in made["flags"]) + " |\n|---|" + "---|" * len(made["flags"]))
for o in sorted({o for f in made["flags"] for o in f["foretold"]}):
    row = [f"{cell(f['foretold'][o])} for {cell(f['operations'][o])}" if o in f["foretold"] else "-" for f in made["flags"]]
    print(f"| {o.split('/')[1]}, predicted for measured | " + " | ".join(row) + " |")
print()
for part in made["goal"]:
    word = {True: "kept", False: "NOT KEPT", None: "too few pairs to tell"}[part.get("kept")]
    print(f"Goal: {part['promise']}: {word} ({part.get('seen', '-')} in {part['n']} pairs)")
PYTHON
echo
echo "hwtune's choice: ${choice:-nothing}"
