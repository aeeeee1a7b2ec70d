#!/usr/bin/env bash
# Builds the NixOS routes for real, with Debian's nix-bin and zlib's source: a store of its own in a mount namespace, a compiler
# wrapper in nixpkgs' order, grafts, a preloaded library, and a switch from the baseline to the way back.
#   tests/nix/build.sh [HWTUNE]    exit 77 where this machine cannot
# Prints a table of what each route costs. HWTUNE_ROUTES=BUDGET builds each anew for the seconds it takes, and measures the gain.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD
hwtune=$(realpath "${1:-target/debug/hwtune}")

skip() { echo "skipped: $*" >&2; exit 77; }
fail() { echo "tests/nix/build.sh: $*" >&2; exit 1; }

if [ -z "${HWTUNE_NAMESPACE-}" ]; then
  [ "$(id -u)" -eq 0 ] || skip "a store of its own needs root"
  [ "$(uname -m)" = x86_64 ] || skip "the profile is one of x86-64"
  grep -qw avx2 /proc/cpuinfo || skip "the profile's -march=skylake does not run here"
  for tool in nix-build patchelf objcopy; do command -v "$tool" >/dev/null || skip "no $tool"; done
  unshare -m true 2>/dev/null || skip "no mount namespace"
  mkdir -p /nix
  work=$(mktemp -d)
  trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
  tests/nix/debian-source.sh zlib "$work/zlib" || skip "no source of zlib"
  HWTUNE_NAMESPACE=$work unshare -m --propagation private "$0" "$hwtune"
  exit
fi

work=$HWTUNE_NAMESPACE
mkdir -p "$work"/{nix,conf,home,bin,etc}
mount --bind "$work/nix" /nix
mount -t tmpfs tmpfs /run
printf 'sandbox = false\nbuild-users-group =\nsubstituters =\n' >"$work/conf/nix.conf"
export NIX_CONF_DIR=$work/conf HOME=$work/home NIX_REMOTE='' HWTUNE_ZLIB=$work/zlib XDG_CACHE_HOME=$work/cache
unset NIX_PATH NIX_CFLAGS_COMPILE NIX_HARDENING_ENABLE
profile=$here/tests/profiles/measured.toml

# Without build users this Nix now and then reports that a builder was killed: the next try goes on.
build() {
  local try out
  for try in 1 2 3 4 5 6 7 8; do
    out=$(nix-build --no-out-link -E "$1" 2>"$work/build.log") && { echo "$out"; return; }
    grep -q "signal 9" "$work/build.log" || break
    echo "builder killed, try $try" >&2
  done
  tail -12 "$work/build.log" >&2
  fail "nix-build: $1"
}
module() { "$hwtune" render "$1" --profile "$profile" -o "$work/$1.nix" "${@:2}" 2>/dev/null; }
system() { echo "(import $here/tests/nix/real/system.nix { module = import $work/$1.nix; settings = { $2 }; })"; }
text_of() { objcopy -O binary --only-section=.text "$1/lib/libz.so.1" "$2"; }
# The libraries that a program really maps, while it waits for its input.
maps() {
  mkfifo "$work/input"
  "$@" <"$work/input" >/dev/null &
  exec 9>"$work/input"
  sleep 0.3
  cut -d/ -f2- "/proc/$!/maps" | grep '\.so' | sort -u | sed 's|^|/|'
  exec 9>&-
  wait
  rm "$work/input"
}

for target in nixos-overlay nixos-import nixos-side nixos-preload; do module "$target"; done
module nixos-replace --package zlib,xz --allow-unmeasured
on="hwtune.enable = true;"

echo "== overlay and import"
off=$(system nixos-overlay "")
plain=$(build "$off.pkgs.zlib")
plain_top=$(build "$off.toplevel")
overlay=$(build "$(system nixos-overlay "$on").pkgs.zlib")
import=$(build "$(system nixos-import "$on hwtune.profile = $profile;").pkgs.zlib")
[ "$overlay" = "$import" ] || fail "overlay and import differ: $overlay, $import"
[ "$overlay" != "$plain" ] || fail "the overlay changed nothing"
log=$(build "$(system nixos-overlay "$on").pkgs.zlib.dev")/nix-support/cc.log
line=$(grep -m1 -e '-c .*adler32' "$log")
echo "$line" | grep -E '^-O2 -fno-strict-overflow .*-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer .*-O3 .*-static-libgcc -march=skylake -mtune=skylake -frandom-seed=' >/dev/null ||
  fail "the compiler saw: $line"
text_of "$plain" "$work/plain.text"
text_of "$overlay" "$work/overlay.text"
! cmp -s "$work/plain.text" "$work/overlay.text" || fail "the flags changed no code"

echo "== grafts"
graft=$(build "$(system nixos-replace "$on hwtune.xz.enable = true;").toplevel")
[ "$graft" != "$plain_top" ] || fail "nothing was grafted"
differ() { [ -n "$1" ] && [ "$1" != "$2" ]; }
library() { ldd "$1" | sed -n "s/.*$2[^ ]* => \([^ ]*\) .*/\1/p"; }
for program in pigz git; do
  new=$(library "$graft/sw/bin/$program" libz) old=$(library "$plain_top/sw/bin/$program" libz)
  differ "$new" "$old" || fail "$program maps $new after the graft, $old before"
  cmp -s "$new" "$old" && fail "$program maps the old code"
done
# The library of xz is its last output, the program its first: one that links the one and starts the other gets both anew.
new=$(library "$graft/sw/bin/user" liblzma) old=$(library "$plain_top/sw/bin/user" liblzma)
differ "$new" "$old" || fail "user maps $new after the graft, $old before"
[ "$(cat "$graft/sw/bin/starts")" != "$(cat "$plain_top/sw/bin/starts")" ] || fail "the program of xz was not replaced"
[ "$("$graft/sw/bin/user"; "$(cat "$graft/sw/bin/starts")")" = "$(printf '34\n34')" ] || fail "a grafted program is wrong"
echo hello | "$graft/sw/bin/pigz" | gzip -d | grep -x hello >/dev/null || fail "the grafted zlib is wrong"

echo "== side"
side=$(build "$(system nixos-side "$on").toplevel")
[ "$(library "$side/sw/bin/pigz" libz)" != "$(library "$plain_top/sw/bin/pigz" libz)" ] || fail "pigz was not given zlib-hw"
[ "$(readlink -f "$side/sw/bin/git")" = "$(readlink -f "$plain_top/sw/bin/git")" ] || fail "git was rebuilt"

echo "== preload"
preload=$(build "$(system nixos-preload "$on").preload")
libz=$(cat "$preload")
# The machine's own loader reads the file of the usual name.
cp "$preload" "$work/etc/ld.so.preload"
[ -e /etc/ld.so.preload ] || { : >/etc/ld.so.preload; trap 'rm -f /etc/ld.so.preload' EXIT; }
mount --bind "$work/etc/ld.so.preload" /etc/ld.so.preload
mapped=$(maps "$plain_top/sw/bin/pigz" | grep libz)
other=$(maps /usr/bin/cat | grep libz || true)
echo hello | "$plain_top/sw/bin/pigz" | gzip -d | grep -x hello >/dev/null || fail "the preloaded zlib is wrong"
umount /etc/ld.so.preload
[ "$mapped" = "$(readlink -f "$libz")" ] || fail "with $libz preloaded, pigz maps: $mapped"
[ "$other" = "$mapped" ] || fail "every dynamic program maps it: cat maps $other"
[ "$(maps "$plain_top/sw/bin/pigz" | grep libz)" = "$(readlink -f "$plain/lib/libz.so.1")" ] || fail "the way back is no way back"

echo "== hwtune on store paths"
wrapper=$(build "$off.pkgs.wrapper")/bin/gcc
"$hwtune" compare --package zlib --budget 5s --before "$plain" --after "$overlay" >"$work/compare.txt" ||
  { [ $? -eq 11 ] || fail "compare: $(cat "$work/compare.txt")"; }
cp -L "$overlay/lib/libz.so.1" "$work/libz.so.1"
chmod u+w "$work/libz.so.1"
patchelf --set-rpath "$plain/lib" "$work/libz.so.1"
"$hwtune" compare --package zlib --before "$overlay" --after "$work/libz.so.1" >"$work/compare.txt"
grep -q same-code "$work/compare.txt" || fail "builds that differ only in RUNPATH: $(cat "$work/compare.txt")"
printf -- '-O3\n-fomit-frame-pointer\n' >"$work/flags"
"$hwtune" tune --cc "$wrapper" --package zlib --candidates "$work/flags" --budget 4s -o "$work/wrapped.toml" >/dev/null 2>"$work/tune.log" ||
  { [ $? -eq 11 ] || fail "tune --cc $wrapper: $(cat "$work/tune.log")"; }
grep -q '^sha256' "$work/wrapped.toml" || fail "the profile names no compiler"
"$hwtune" check --profile "$work/wrapped.toml" --cc /usr/bin/gcc >"$work/check.txt" &&
  fail "the wrapper's profile is called true for gcc: $(cat "$work/check.txt")"
"$hwtune" check --profile "$work/wrapped.toml" --cc "$wrapper" >"$work/check.txt" || fail "check: $(cat "$work/check.txt")"

echo "== from the baseline to the way back"
export FAKE_SYSTEM=$work/to.nix PATH=$work/bin:$PATH
cat >"$work/bin/nixos-rebuild" <<'SH'
#!/bin/bash
# As much of nixos-rebuild as the script asks for, with real nix-build and nix-env.
set -e
generations=/nix/var/nix/profiles/system
case $1 in
  build) ln -sfn "$(nix-build --no-out-link "$FAKE_SYSTEM" 2>/dev/null)" result ;;
  switch)
    if [ "${2-}" = --rollback ]; then
      nix-env --profile $generations --rollback
    else
      nix-env --profile $generations --set "$(nix-build --no-out-link "$FAKE_SYSTEM" 2>/dev/null)"
    fi
    $generations/bin/switch-to-configuration switch ;;
  *) exit 2 ;;
esac
SH
printf '#!/bin/sh\nexit 0\n' >"$work/bin/journalctl"
chmod +x "$work"/bin/*
nix-env --profile /nix/var/nix/profiles/system --set "$plain_top"
ln -sfn "$plain_top" /run/current-system
system nixos-side "$on" | sed 's/$/.toplevel/' >"$FAKE_SYSTEM"
plan=(rollout plan --route side --consumer pigz --config /etc/nixos/configuration.nix --profile "$profile")
"$hwtune" "${plan[@]}" --state "$work/state.toml" -o "$work/switch.sh"
# shellcheck disable=SC2016
sed -i 's/--state "$state"/& --samples 2/; s/\(rollout back.*\) --samples 2/\1/' "$work/switch.sh"
HWTUNE=$hwtune HWTUNE_YES=1 HWTUNE_SKIP_VM=1 bash "$work/switch.sh" >"$work/switch.log" 2>&1 || [ $? -eq 12 ] ||
  fail "the script: $(tail -40 "$work/switch.log")"
# On a busy machine the timing may advise to go back; what was built must be found all the same.
grep -q 'libz .*of this system, built with -march=skylake -mtune=skylake' "$work/switch.log" ||
  fail "verify did not see the tuned library: $(cat "$work/switch.log")"
if grep -q '^== switch' "$work/switch.log"; then
  [ "$(readlink -f /run/current-system)" = "$side" ] || fail "the script did not switch"
  HWTUNE=$hwtune bash "$work/switch.sh" back >>"$work/switch.log" 2>&1 || fail "back: $(tail -20 "$work/switch.log")"
fi
[ "$(readlink -f /run/current-system)" = "$plain_top" ] || fail "the way back does not lead back"

echo "== what each route costs"
closure() { nix-store --query --requisites "$1" | sort; }
drvs() { nix-store --query --requisites "$(nix-instantiate -E "$1" 2>/dev/null)" | grep '\.drv$' | sort; }
drvs "$off.toplevel" >"$work/off.drvs"
closure "$plain_top" >"$work/off.paths"
row() {
  local built paths size took=""
  built=$(drvs "$2" | comm -13 "$work/off.drvs" - | wc -l)
  paths=$(closure "$(build "$2")" | comm -13 "$work/off.paths" -)
  if [ -n "${HWTUNE_ROUTES-}" ]; then
    echo "$paths" | xargs -r nix-store --delete >/dev/null 2>&1 || true
    SECONDS=0
    build "$2" >/dev/null
    took="$SECONDS s"
  fi
  size=$(echo "$paths" | xargs -r du -sk | awk '{ s += $1 } END { print s + 0 }')
  printf '%-8s %3d derivations, %2d paths, %6d KiB  %s\n' "$1" "$built" "$(echo "$paths" | grep -c .)" "$size" "$took"
}
row preload "$(system nixos-preload "$on").preload"
row side "$(system nixos-side "$on").toplevel"
row replace "$(system nixos-replace "$on").toplevel"
row overlay "$(system nixos-overlay "$on").toplevel"
if [ -n "${HWTUNE_ROUTES-}" ]; then
  "$hwtune" compare --package zlib --budget "$HWTUNE_ROUTES" --before "$plain" --after "$overlay" || [ $? -eq 11 ]
fi
echo "ok: every route was built"
