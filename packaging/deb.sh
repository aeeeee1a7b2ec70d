#!/usr/bin/env bash
# Builds the Debian package and looks at what is in it. Needs cargo-deb (cargo install --locked cargo-deb).
# The package is left in the target directory's debian/.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR-target}
say() { echo "deb.sh: $*" >&2; }
command -v cargo-deb >/dev/null || { say "cargo-deb is not installed: cargo install --locked cargo-deb"; exit 2; }

cargo build --locked --release --bin hwtune
packaging/assets.sh "$target/release/hwtune"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cargo deb --locked --no-build -o "$scratch/hwtune.deb"

dpkg-deb -c "$scratch/hwtune.deb" | awk '{ print $6 }' | sed 's|^\./||' >"$scratch/list"
while read -r file; do
  grep -qx "$file" "$scratch/list" || { say "$file is not in the package; it has:"; cat "$scratch/list" >&2; exit 1; }
done <<'LIST'
usr/bin/hwtune
usr/lib/systemd/system/hwtune-check.service
usr/share/bash-completion/completions/hwtune
usr/share/doc/hwtune/README.md
usr/share/doc/hwtune/docs/SUMMARY.md
usr/share/doc/hwtune/copyright
usr/share/doc/hwtune/docs/examples/turin-guest.toml
usr/share/fish/vendor_completions.d/hwtune.fish
usr/share/man/man1/hwtune.1.gz
usr/share/man/man1/hwtune-tune.1.gz
usr/share/zsh/vendor-completions/_hwtune
LIST

# What is unpacked runs, with its data inside.
dpkg-deb -x "$scratch/hwtune.deb" "$scratch/root"
version=$("$scratch/root/usr/bin/hwtune" --version)
packaged=$(dpkg-deb -f "$scratch/hwtune.deb" Version)
[ "$version" = "hwtune ${packaged%-*}" ] || { say "the package's version is $packaged, the program's $version"; exit 1; }
(cd / && "$scratch/root/usr/bin/hwtune" explain zlib >/dev/null)
bash -n "$scratch/root/usr/share/bash-completion/completions/hwtune"
gzip -dc "$scratch/root/usr/share/man/man1/hwtune.1.gz" | grep -q '^\.TH hwtune 1'

mkdir -p "$target/debian"
field() { dpkg-deb -f "$scratch/hwtune.deb" "$1"; }
cp "$scratch/hwtune.deb" "$target/debian/hwtune_$(field Version)_$(field Architecture).deb"
say "$(wc -l <"$scratch/list") entries, $(stat -c %s "$scratch/hwtune.deb") bytes: in order"
