# What nixpkgs' setup.sh does of a build, as far as it decides the code.
export PATH=$cc/bin:/usr/bin:/bin NIX_HARDENING_ENABLE=all CC_LOG=$NIX_BUILD_TOP/cc.log
: >"$CC_LOG"
for input in ${inputs-}; do
  NIX_LDFLAGS="${NIX_LDFLAGS-} -L$input/lib -Wl,-rpath,$input/lib"
done
export NIX_LDFLAGS
mkdir build && cd build
[ -z "${src-}" ] || { cp -r "$src/." . && chmod -R u+w .; }
eval "$buildPhase"
eval "$installPhase"
for output in $outputs; do
  mkdir -p "${!output}"
  # Without this no two builds are ever the same code: each names its own folder.
  find "${!output}" -type f -name '*.so*' -exec patchelf --shrink-rpath {} \;
done
# What the compiler saw, where no program refers to it.
if [ -n "${dev-}" ]; then
  mkdir -p "$dev/nix-support"
  cp "$CC_LOG" "$dev/nix-support/cc.log"
fi
