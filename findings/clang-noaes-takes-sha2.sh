#!/bin/sh
# clang from 19 on takes +noaes for the whole of cryptography where the name of the CPU has AES and SHA2 both: SHA-256 instructions
# are refused under -mcpu=cortex-a72+noaes, although nobody switched SHA2 off. clang 18 leaves SHA2 on, and so does gcc (12 to 16) where
# +crypto brought both. Who has one of the two must put it back after the other was taken away: -mcpu=cortex-a72+noaes+sha2.
#
# Seen with the clang inside PyPI's ziglang, which needs nothing else: 0.13.0 (clang 18.1.6) and 0.15.2 (clang 20.1.2):
#   clang 18.1.6: cortex-a72 yes, cortex-a72+noaes yes, cortex-a72+nosha2 no
#   clang 20.1.2: cortex-a72 yes, cortex-a72+noaes no, cortex-a72+nosha2 no, cortex-a72+noaes+sha2 yes
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo 'void f(void) { __asm__ volatile("sha256h q0, q1, v2.4s"); }' > unit.c

# Whether clang of that release of ziglang takes a SHA-256 instruction under a value of -mcpu.
takes() {
    "./$1/ziglang/zig" clang -target aarch64-linux-gnu "-mcpu=$2" -c unit.c -o unit.o 2> /dev/null && echo yes || echo no
}

fault=0
expect() {
    seen=$(takes "$1" "$2")
    echo "ziglang $1, -mcpu=$2: $seen"
    [ "$seen" = "$3" ] || { echo "  expected $3" >&2; fault=1; }
}

export ZIG_GLOBAL_CACHE_DIR="$folder/cache"
for version in 0.13.0 0.15.2; do
    python3 -m pip install -q --disable-pip-version-check --no-deps --target "$version" "ziglang==$version"
    "./$version/ziglang/zig" clang --version | head -n 1
done
expect 0.13.0 cortex-a72 yes
expect 0.13.0 cortex-a72+noaes yes
expect 0.13.0 cortex-a72+nosha2 no
expect 0.15.2 cortex-a72 yes
expect 0.15.2 cortex-a72+noaes no
expect 0.15.2 cortex-a72+nosha2 no
expect 0.15.2 cortex-a72+noaes+sha2 yes
exit $fault
