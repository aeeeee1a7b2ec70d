#!/bin/sh
# Builds glibc twice, with its own flags and with more, and compares the two: some ten minutes a build on two cores, so it
# is no part of the tests.
#
#   docs/measure-glibc.sh GLIBC-SOURCES "FLAGS" [OUT-DIRECTORY]
#
# GLIBC-SOURCES is a tree or a release archive; Debian's is had by
#   apt-get source --download-only glibc        # with `Types: deb-src` in the sources list; glibc_2.36.orig.tar.xz
# FLAGS are appended for the second build, as hwtune's profile has them for glibc. Needs gcc, make, bison, gawk and
# python3. HWTUNE names the program, CC the compiler, JOBS the processes of make, BUDGET the time to compare (5m).
#
# Both are installed below OUT-DIRECTORY and run under their own loaders; nothing of the system is touched. To look at a
# glibc of Nix instead, give `hwtune compare --package glibc` two /nix/store paths.
set -eu
sources=$1 flags=$2
out=${3:-glibc-figures}
hwtune=${HWTUNE:-hwtune}
mkdir -p "$out"
out=$(cd "$out" && pwd)
if [ -f "$sources" ]; then
  mkdir -p "$out/source"
  [ -n "$(ls "$out/source")" ] || tar -xf "$sources" -C "$out/source" --strip-components=1
  sources=$out/source
  # Debian's archive comes without the manual, whose licence it does not share; make would stop there.
  [ -d "$sources/manual" ] || sed -i 's/ manual / /' "$sources/Makeconfig"
fi
sources=$(cd "$sources" && pwd)

build() { # NAME FLAGS
  prefix=$out/$1
  [ ! -e "$prefix/lib/libc.so.6" ] || return 0
  mkdir -p "$out/build-$1"
  cd "$out/build-$1"
  # glibc is built with -O2; the rest of the base is what configure options turn on in nixpkgs and Debian.
  "$sources/configure" --prefix="$prefix" --libdir="$prefix/lib" --enable-stack-protector=strong --enable-bind-now \
    --disable-werror --disable-nscd --without-selinux CC="${CC:-gcc}" CFLAGS="-g0 -O2 $2" > configure.log
  make -j"${JOBS:-$(nproc)}" > make.log 2>&1
  make install > install.log 2>&1
  cd - > /dev/null
}

build before ""
build after "$flags"
for side in before after; do
  ls "$out/$side"/lib/libc.so.6 "$out/$side"/lib/ld-linux*.so.* > /dev/null
done
"$hwtune" compare --package glibc --before "$out/before" --after "$out/after" --budget "${BUDGET:-5m}" --seed "${SEED:-1}" \
  | tee "$out/compare.txt"
