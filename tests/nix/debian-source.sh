#!/usr/bin/env bash
# Unpacks the source of a Debian package, with Debian's patches, into a new folder; changes nothing of apt's own settings.
#   tests/nix/debian-source.sh PACKAGE FOLDER
set -euo pipefail
package=$1
folder=$(realpath -m "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{parts,lists}
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  if [ -f "$file" ]; then sed -n 's/^deb /deb-src /p' "$file" >"$scratch/parts/$(basename "$file" .list).list"; fi
done
for file in /etc/apt/sources.list.d/*.sources; do
  if [ -f "$file" ]; then sed 's/^Types:.*/Types: deb-src/' "$file" >"$scratch/parts/$(basename "$file")"; fi
done
apt=(-qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$scratch/parts" -o "Dir::State::Lists=$scratch/lists"
  -o APT::Sandbox::User=root)
apt-get "${apt[@]}" update >/dev/null
cd "$scratch"
apt-get "${apt[@]}" source --download-only "$package" >/dev/null
mkdir -p "$folder"
tar -xf "$package"_*.orig.tar.* -C "$folder" --strip-components=1
tar -xf "$package"_*.debian.tar.* -C "$folder"
while read -r patch; do
  case $patch in "" | "#"*) continue ;; esac
  patch -s -p1 -d "$folder" <"$folder/debian/patches/${patch%% *}"
done < <(cat "$folder/debian/patches/series" 2>/dev/null || true)
