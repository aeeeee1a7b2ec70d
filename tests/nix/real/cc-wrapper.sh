#!/bin/bash
# In the order of nixpkgs' cc-wrapper: hardening and what is always before, then the package's own parameters, then the rest of
# the hardening, NIX_CFLAGS_COMPILE, and a seed that differs from output to output.
params=() links=yes
for p in "$@"; do
  case $p in
    -m*=native) continue ;;
    -c | -S | -E | -M | -MM | -fsyntax-only | -### | -v | -dump* | -print*) links=no ;;
  esac
  params+=("$p")
done
before=($(<@out@/nix-support/cc-cflags-before)) after=()
if [ -n "${NIX_HARDENING_ENABLE-}" ]; then
  before=(-O2 -fno-strict-overflow -fstack-protector-strong --param=ssp-buffer-size=4 -fPIC -fstack-clash-protection
    -fzero-call-used-regs=used-gpr "${before[@]}")
  after=(-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  # -O2 belongs to fortify alone, and stands before the package's own level in nixpkgs.
  after=("${after[@]:1}")
fi
[ -z "${out-}" ] || after+=(${NIX_CFLAGS_COMPILE-} "-frandom-seed=${out##*/}")
[ -n "${out-}" ] || after+=(${NIX_CFLAGS_COMPILE-})
if [ "$links" = yes ] && [ -n "${NIX_HARDENING_ENABLE-}" ]; then
  after+=(-Wl,-z,relro,-z,now ${NIX_LDFLAGS-} -Wl,-rpath,@glibc@/lib -Wl,--dynamic-linker=@glibc@/lib/ld-linux-x86-64.so.2)
fi
[ -z "${CC_LOG-}" ] || echo "${before[*]} ${params[*]} ${after[*]}" >>"$CC_LOG"
exec /usr/bin/gcc "${before[@]}" "${params[@]}" "${after[@]}"
