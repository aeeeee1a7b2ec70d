#!/usr/bin/env bash
# How long a whole `hwtune detect` takes beside the peers, in one interleaved run: medians, ratios, goals.
#   benches/detect.sh [HWTUNE] [ROUNDS]      default: target/release/hwtune, 60 rounds
# Peers that are not installed are left out. archspec: python3 -m venv V && V/bin/pip install archspec, and V/bin on PATH.
# Only ratios of one run mean anything: a figure alone is the machine's and the hour's.
set -euo pipefail
cd "$(dirname "$0")/.."
hwtune=${1-target/release/hwtune}
rounds=${2-60}
[ -x "$hwtune" ] || { echo "detect.sh: $hwtune is not there; build it with: cargo build --release" >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# As it is installed, like the peers: the pages that a linker has written one by one take a fifth longer to map until the file
# leaves the memory.
cp "$hwtune" "$scratch/hwtune"
hwtune=$scratch/hwtune

names=() commands=()
add() {
  names+=("$1")
  commands+=("$2")
}
peer() { if command -v "$1" >/dev/null 2>&1; then add "$2" "$2"; fi; }
add facts "$hwtune detect --no-toolchains"
add warm "$hwtune detect --cc gcc"
add cold "$hwtune detect --cc gcc"
add version "$hwtune --version"
peer lscpu "lscpu"
peer cpuid "cpuid -1"
peer gcc "gcc -march=native -Q --help=target"
peer archspec "archspec cpu"

export XDG_CACHE_HOME
run() {
  XDG_CACHE_HOME=$scratch/cache/warm
  if [ "${names[$1]}" = cold ]; then XDG_CACHE_HOME=$scratch/cache/empty; fi
  ${commands[$1]} >/dev/null 2>&1 || true
}
for i in "${!commands[@]}"; do run "$i"; done
for ((round = 0; round < rounds; round++)); do
  # Each comes after another in turn: what ran before leaves its traces in the caches.
  for i in $(shuf -e "${!commands[@]}"); do
    rm -rf "$scratch/cache/empty"
    start=$EPOCHREALTIME
    run "$i"
    end=$EPOCHREALTIME
    echo $((${end/[.,]/} - ${start/[.,]/})) >>"$scratch/${names[$i]// /_}"
  done
done

# The given part of the sorted times of one command, in microseconds.
quantile() { sort -n "$scratch/${1// /_}" | awk -v part="$2" '{ t[NR] = $1 } END { i = int(NR * part); print t[i < 1 ? 1 : i] }'; }
printf '%-38s %9s %9s  ms, %s rounds, load %s\n' command median quartile "$rounds" "$(cut -d' ' -f1-2 /proc/loadavg)"
for i in "${!names[@]}"; do
  median=$(quantile "${names[$i]}" 0.5) quartile=$(quantile "${names[$i]}" 0.25)
  awk -v n="${names[$i]}" -v m="$median" -v q="$quartile" 'BEGIN { printf "%-38s %9.2f %9.2f\n", n, m / 1000, q / 1000 }'
done

# Ratio of two medians, and whether the goal is met.
ratio() {
  [ -f "$scratch/${2// /_}" ] || return 0
  awk -v a="$(quantile "$1" 0.5)" -v b="$(quantile "$2" 0.5)" -v what="$1 / $2" -v goal="$3" \
    'BEGIN { r = a / b; printf "%-38s %9.2f  goal <= %s: %s\n", what, r, goal, r <= goal ? "met" : "missed" }'
}
ratio facts lscpu 1
ratio warm facts 1.2
ratio cold "archspec cpu" 0.2
