#!/usr/bin/env bash
# Runs the rendered hwcaps script for real on Debian, in a chroot of bind mounts with an /etc and a /usr/local/lib of its own.
#   tests/render/hwcaps.sh [HWTUNE]    exit 77 where this machine cannot
# HWTUNE_ROUTES=BUDGET also measures: `hwtune compare` for so long, and `git gc` with the library and without, in turns.
set -euo pipefail
cd "$(dirname "$0")/../.."
hwtune=$(realpath "${1:-target/debug/hwtune}")

skip() { echo "skipped: $*" >&2; exit 77; }
fail() { echo "tests/render/hwcaps.sh: $*" >&2; exit 1; }

if [ -z "${HWTUNE_NAMESPACE-}" ]; then
  [ "$(id -u)" -eq 0 ] || skip "a chroot needs root"
  [ -f /etc/debian_version ] || skip "this is not Debian"
  /lib64/ld-linux-x86-64.so.2 --help 2>/dev/null | grep "x86-64-v3 (supported, searched)" >/dev/null || skip "no x86-64-v3 here"
  [ -x /usr/bin/git ] || skip "no git of Debian's"
  unshare -m true 2>/dev/null || skip "no mount namespace"
  work=$(mktemp -d)
  trap 'rm -rf --one-file-system "$work"' EXIT
  HWTUNE_NAMESPACE=$work unshare -m --propagation private "$0" "$hwtune"
  exit
fi

work=$HWTUNE_NAMESPACE
root=$work/root
mkdir -p "$root" "$work/lib" "$work/tmp"
for entry in /*; do
  case $entry in
    /etc | /tmp) continue ;;
  esac
  if [ -L "$entry" ]; then
    cp -a "$entry" "$root/"
  elif [ -d "$entry" ]; then
    mkdir -p "$root$entry"
    mount --rbind "$entry" "$root$entry"
  fi
done
cp -a /etc "$root/"
mkdir -p "$root/tmp" && chmod 1777 "$root/tmp"
mount --bind "$work/lib" "$root/usr/local/lib"
# Two libraries: zlib with its configure and version script, lz4 with a bare Makefile.
{
  cat tests/profiles/measured.toml
  sed -n '/^\[package.zlib\]/,$p' tests/profiles/measured.toml | sed 's/package\.zlib/package.lz4/'
} >"$work/profile.toml"
"$hwtune" render hwcaps --profile "$work/profile.toml" -o "$root/tmp/hwcaps.sh"
cp "$hwtune" "$root/tmp/hwtune"
in_root() { chroot "$root" env -i PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/tmp TMPDIR=/tmp HWTUNE=/tmp/hwtune HWTUNE_BUDGET="${HWTUNE_ROUTES:-5s}" HWTUNE_WORK=/tmp/work "$@"; }
packaged_before=$(sha256sum /lib/x86_64-linux-gnu/libz.so.1.*)

SECONDS=0
in_root bash /tmp/hwcaps.sh >"$work/log" 2>&1 || fail "the script: $(tail -20 "$work/log")"
ours=/usr/local/lib/glibc-hwcaps/x86-64-v3/libz.so.1
grep -q "with x86-64-v3: $ours; without: /usr/lib/x86_64-linux-gnu/libz.so.1" "$work/log" || fail "verify: $(cat "$work/log")"
in_root ldd /usr/bin/git | grep "$ours" >/dev/null || fail "git does not map it"
in_root ldd /usr/bin/apt-get | grep "${ours%/*}/liblz4.so.1" >/dev/null || fail "apt-get does not map lz4"
# Without the level the loader takes the packaged one again.
in_root env GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2 ldd /usr/bin/git | grep " /lib/x86_64-linux-gnu/libz.so.1" >/dev/null || fail "no way for a lesser CPU"
# It is the distribution's library, with these flags: the same versioned symbols, and other code.
symbols() { nm -D --defined-only --with-symbol-versions "$1" | awk '{ print $3 }' | sort; }
cmp <(symbols "$root$ours") <(symbols /lib/x86_64-linux-gnu/libz.so.1) || fail "other symbols"
objdump -d "$root$ours" | grep "%ymm" >/dev/null || fail "no AVX2 in the code"
# git works with it, on a repository of its own.
in_root bash -ec 'cd /tmp && /usr/bin/git init -q r && cd r && head -c 300000 /usr/bin/git >f && /usr/bin/git add f &&
  /usr/bin/git -c user.name=a -c user.email=a@b commit -qm x && /usr/bin/git gc -q && /usr/bin/git fsck --strict 2>/dev/null' ||
  fail "git does not work with it"
if [ -n "${HWTUNE_ROUTES-}" ]; then
  echo "hwcaps   built, tested, installed and compared in $SECONDS s, $(stat -c %s "$root$ours") bytes"
  sed -n '/^zlib  before/,$p' "$work/log"
  in_root git clone -q --bare --no-local "$PWD" /tmp/gc
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    for side in with without; do
      [ $side = with ] || mv "$root$ours" "$root$ours.off"
      begin=$(date +%s%N)
      in_root /usr/bin/git -C /tmp/gc -c core.compression=6 repack -adFq
      echo "$side $((($(date +%s%N) - begin) / 1000000))" >>"$work/gc"
      [ $side = with ] || mv "$root$ours.off" "$root$ours"
    done
  done
  for side in with without; do
    printf 'git repack %s it: %s ms, the median of 10\n' "$side" "$(sed -n "s/^$side //p" "$work/gc" | sort -n | sed -n 5p)"
  done
fi
in_root bash /tmp/hwcaps.sh back >>"$work/log" 2>&1 || fail "back: $(tail -5 "$work/log")"
in_root ldd /usr/bin/git /usr/bin/apt-get | grep glibc-hwcaps >/dev/null && fail "the way back does not lead back"
[ ! -e "$root${ours%/*}" ] || fail "the files are still there"
[ "$packaged_before" = "$(sha256sum /lib/x86_64-linux-gnu/libz.so.1.*)" ] || fail "a packaged file was touched"
echo "ok: built from Debian's source, taken by level, and gone again"
