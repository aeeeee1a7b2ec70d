#!/usr/bin/env bash
# Manual pages and completions, made by the program itself, for packages that want them as files.
#   packaging/assets.sh [HWTUNE] [DIR]      default: target/release/hwtune, packaging/assets
set -euo pipefail
cd "$(dirname "$0")/.."
hwtune=${1-${CARGO_TARGET_DIR-target}/release/hwtune}
dir=${2-packaging/assets}
[ -x "$hwtune" ] || { echo "assets.sh: $hwtune is not there; build it with: cargo build --release" >&2; exit 2; }
rm -rf "$dir"
mkdir -p "$dir/completions"
"$hwtune" man -q "$dir/man"
"$hwtune" completions bash >"$dir/completions/hwtune"
"$hwtune" completions zsh >"$dir/completions/_hwtune"
"$hwtune" completions fish >"$dir/completions/hwtune.fish"
"$hwtune" completions nushell >"$dir/completions/hwtune.nu"
