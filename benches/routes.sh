#!/usr/bin/env bash
# What each route from a profile to a running system costs, and what it gains on the real zlib: seconds, derivations, disk.
#   benches/routes.sh [HWTUNE] [BUDGET]      default: target/release/hwtune, 3m for each comparison
# The system is a small one, of four programs of which two use zlib, built by the machine's own gcc: what a route rebuilds of the
# whole of nixpkgs is in docs/nixos.md. It wants root, Debian and an idle machine; it changes nothing outside its mount namespaces.
set -euo pipefail
cd "$(dirname "$0")/.."
hwtune=${1-target/release/hwtune}
[ -x "$hwtune" ] || { echo "routes.sh: $hwtune is not there; build it with: cargo build --release" >&2; exit 2; }
export HWTUNE_ROUTES=${2-3m}
tests/nix/build.sh "$hwtune"
tests/render/hwcaps.sh "$hwtune"
