# hwtune for nixpkgs' callPackage. Cargo.lock pins what is fetched, so there is no hash to keep up.
{
  lib,
  rustPlatform,
  installShellFiles,
  makeBinaryWrapper,
  gcc,
}:
let
  manifest = (lib.importTOML ../Cargo.toml).package;
  # What the program is built from; a changed page or test does not rebuild it.
  wanted = [
    "Cargo.lock"
    "Cargo.toml"
    "LICENSE-APACHE"
    "LICENSE-MIT"
    "README.md"
    "build.rs"
    "docs"
    "examples"
    "packaging"
    "probes"
    "profiles"
    "src"
  ];
  root = toString ../.;
  part = path: lib.head (lib.splitString "/" (lib.removePrefix "${root}/" (toString path)));
in
rustPlatform.buildRustPackage {
  pname = manifest.name;
  inherit (manifest) version;
  src = lib.cleanSourceWith {
    name = "hwtune-source";
    src = ../.;
    filter = path: _type: lib.elem (part path) wanted;
  };
  cargoLock.lockFile = ../Cargo.lock;

  nativeBuildInputs = [
    installShellFiles
    makeBinaryWrapper
  ];
  # The tests want a machine of their own, gcc, clang and Nix: ./check runs them.
  doCheck = false;

  postInstall = ''
    $out/bin/hwtune man man
    installManPage man/*.1
    for shell in bash fish nushell zsh; do
      $out/bin/hwtune completions $shell >hwtune.$shell
    done
    installShellCompletion --bash hwtune.bash --fish hwtune.fish --zsh hwtune.zsh
    install -Dm644 hwtune.nushell $out/share/nushell/vendor/autoload/hwtune.nu
    install -Dm644 -t $out/share/doc/hwtune README.md LICENSE-*
    cp -r docs profiles $out/share/doc/hwtune/
    # A compiler to measure with where the system has none; the user's own come first.
    wrapProgram $out/bin/hwtune --suffix PATH : ${lib.makeBinPath [ gcc ]}
  '';

  meta = {
    inherit (manifest) description;
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    mainProgram = "hwtune";
    platforms = lib.platforms.linux;
  };
}
