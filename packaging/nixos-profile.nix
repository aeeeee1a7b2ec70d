# NixOS module: reads a hwtune profile itself, so that a new profile needs no rendering
#
# Made by hwtune 0.1.0 (render nixos-import). Do not edit: render it again instead. It holds no
# host's data, but the policy of this version: which flags a profile may bring.
#
# USE: import this file, set hwtune.profile = ./HOST.toml and hwtune.enable = true (zlib),
# hwtune.glibc.enable = true (glibc as well). hwtune.report says what was kept, what was dropped
# and why, and whether exactly that was measured. One of nixos-overlay, nixos-replace, nixos-side,
# nixos-preload and nixos-import to a configuration: with a second one NixOS stops and names both
# files ("hwtune.enable is already declared"). nixos-platform goes with each of them.
#
# COST: glibc and zlib are built in nixpkgs' bootstrap. With this on, every package of the system
# gets another store path: nothing comes from the binary cache, the whole system is built here.
#
# RISK: a program built for this CPU dies with SIGILL on a lesser one, and a glibc built with
# x86-64-v3 features or more refuses to start there ("CPU does not support x86-64-v3"), at boot a
# kernel panic. Nothing here checks that the bootstrap's compilers know a profile's -march:
# `hwtune render nixos-overlay --nixpkgs RELEASE` does.
#
# BACK: `nixos-rebuild switch --rollback`, or an older generation in the boot menu; then set
# hwtune.enable = false.
#
# A profile measured with one gcc and built with another was not measured there. To measure with
# nixpkgs' own:
#   hwtune tune --cc "$(nix build --no-link --print-out-paths nixpkgs#gcc)/bin/gcc"

{ config, lib, ... }:

let
  cfg = config.hwtune;

  # Per package: flags that may come, and flags that may come on request. One that ends in = may
  # come with any value. With machine, -mFEATURE and -mno-FEATURE may come as well.
  policy = {
    glibc = {
      machine = true;
      allowed = [
        "-maccumulate-outgoing-args"
        "-march="
        "-mavx2"
        "-mcpu="
        "-minline-all-stringops"
        "-mmemcpy-strategy="
        "-mmemset-strategy="
        "-mmove-max="
        "-mno-align-stringops"
        "-mno-avx"
        "-mno-avx512f"
        "-mno-bmi2"
        "-mno-push-args"
        "-mno-stv"
        "-mno-vzeroupper"
        "-mstore-max="
        "-mtune="
      ];
      asked = [
        "--param=avoid-fma-max-bits="
        "--param=case-values-threshold="
        "--param=early-inlining-insns="
        "--param=inline-unit-growth="
        "--param=ira-max-loops-num="
        "--param=lra-max-considered-reload-pseudos="
        "--param=max-completely-peel-times="
        "--param=max-completely-peeled-insns="
        "--param=max-cse-path-length="
        "--param=max-goto-duplication-insns="
        "--param=max-grow-copy-bb-insns="
        "--param=max-inline-insns-auto="
        "--param=max-inline-insns-single="
        "--param=max-rtl-if-conversion-unpredictable-cost="
        "--param=max-stores-to-merge="
        "--param=max-unroll-times="
        "--param=max-unrolled-insns="
        "--param=min-vect-loop-bound="
        "--param=predictable-branch-outcome="
        "--param=prefetch-latency="
        "--param=sccvn-max-alias-queries-per-access="
        "--param=sched-autopref-queue-depth="
        "--param=store-merging-max-size="
        "--param=tree-reassoc-width="
        "--param=vect-epilogues-nomask="
        "-O2"
        "-O3"
        "-Os"
        "-Wl,--as-needed"
        "-Wl,--gc-sections"
        "-Wl,--hash-style=both"
        "-Wl,--hash-style=gnu"
        "-Wl,--sort-common"
        "-Wl,-O1"
        "-Wl,-z,max-page-size="
        "-Wl,-z,now"
        "-falign-functions="
        "-falign-jumps="
        "-falign-labels="
        "-falign-loops="
        "-ffunction-sections"
        "-fgcse-after-reload"
        "-fgcse-las"
        "-fgcse-sm"
        "-fgraphite-identity"
        "-finline-functions"
        "-fipa-cp-clone"
        "-fipa-pta"
        "-fira-algorithm="
        "-fira-loop-pressure"
        "-fira-region="
        "-flimit-function-alignment"
        "-flive-range-shrinkage"
        "-floop-interchange"
        "-floop-nest-optimize"
        "-floop-unroll-and-jam"
        "-fmodulo-sched"
        "-fno-align-loops"
        "-fno-builtin"
        "-fno-caller-saves"
        "-fno-code-hoisting"
        "-fno-crossjumping"
        "-fno-expensive-optimizations"
        "-fno-forward-propagate"
        "-fno-gcse"
        "-fno-guess-branch-probability"
        "-fno-if-conversion"
        "-fno-if-conversion2"
        "-fno-inline-functions"
        "-fno-inline-functions-called-once"
        "-fno-inline-small-functions"
        "-fno-ipa-icf"
        "-fno-ipa-ra"
        "-fno-ipa-sra"
        "-fno-ira-share-spill-slots"
        "-fno-ivopts"
        "-fno-jump-tables"
        "-fno-move-loop-invariants"
        "-fno-omit-frame-pointer"
        "-fno-optimize-sibling-calls"
        "-fno-partial-inlining"
        "-fno-plt"
        "-fno-reorder-blocks"
        "-fno-reorder-blocks-and-partition"
        "-fno-schedule-insns2"
        "-fno-semantic-interposition"
        "-fno-shrink-wrap"
        "-fno-split-wide-types"
        "-fno-ssa-phiopt"
        "-fno-store-merging"
        "-fno-strict-aliasing"
        "-fno-thread-jumps"
        "-fno-tree-ch"
        "-fno-tree-coalesce-vars"
        "-fno-tree-dominator-opts"
        "-fno-tree-dse"
        "-fno-tree-loop-distribute-patterns"
        "-fno-tree-loop-if-convert"
        "-fno-tree-loop-im"
        "-fno-tree-pre"
        "-fno-tree-reassoc"
        "-fno-tree-scev-cprop"
        "-fno-tree-sink"
        "-fno-tree-slp-vectorize"
        "-fno-tree-switch-conversion"
        "-fno-tree-tail-merge"
        "-fno-tree-ter"
        "-fno-tree-vectorize"
        "-fno-tree-vrp"
        "-fno-unroll-loops"
        "-fomit-frame-pointer"
        "-fpeel-loops"
        "-fpredictive-commoning"
        "-fprefetch-loop-arrays"
        "-frename-registers"
        "-freorder-blocks-algorithm="
        "-fsched-pressure"
        "-fschedule-insns"
        "-fselective-scheduling2"
        "-fsplit-loops"
        "-fsplit-paths"
        "-fstack-reuse="
        "-ftracer"
        "-ftree-loop-distribution"
        "-ftree-partial-pre"
        "-ftree-vectorize"
        "-funroll-all-loops"
        "-funroll-loops"
        "-funswitch-loops"
        "-fvect-cost-model="
        "-fversion-loops-for-strides"
        "-fweb"
        "-mbranch-cost="
        "-mprefer-vector-width="
      ];
    };
    zlib = {
      machine = true;
      allowed = [
        "--param=avoid-fma-max-bits="
        "--param=case-values-threshold="
        "--param=early-inlining-insns="
        "--param=inline-unit-growth="
        "--param=ira-max-loops-num="
        "--param=lra-max-considered-reload-pseudos="
        "--param=max-completely-peel-times="
        "--param=max-completely-peeled-insns="
        "--param=max-cse-path-length="
        "--param=max-goto-duplication-insns="
        "--param=max-grow-copy-bb-insns="
        "--param=max-inline-insns-auto="
        "--param=max-inline-insns-single="
        "--param=max-rtl-if-conversion-unpredictable-cost="
        "--param=max-stores-to-merge="
        "--param=max-unroll-times="
        "--param=max-unrolled-insns="
        "--param=min-vect-loop-bound="
        "--param=predictable-branch-outcome="
        "--param=prefetch-latency="
        "--param=sccvn-max-alias-queries-per-access="
        "--param=sched-autopref-queue-depth="
        "--param=store-merging-max-size="
        "--param=tree-reassoc-width="
        "--param=vect-epilogues-nomask="
        "-O2"
        "-O3"
        "-Os"
        "-Wl,--as-needed"
        "-Wl,--gc-sections"
        "-Wl,--hash-style=both"
        "-Wl,--hash-style=gnu"
        "-Wl,--sort-common"
        "-Wl,-O1"
        "-Wl,-z,max-page-size="
        "-Wl,-z,now"
        "-falign-functions="
        "-falign-jumps="
        "-falign-labels="
        "-falign-loops="
        "-ffp-contract=off"
        "-ffunction-sections"
        "-fgcse-after-reload"
        "-fgcse-las"
        "-fgcse-sm"
        "-fgraphite-identity"
        "-finline-functions"
        "-fipa-cp-clone"
        "-fipa-pta"
        "-fira-algorithm="
        "-fira-loop-pressure"
        "-fira-region="
        "-flimit-function-alignment"
        "-flive-range-shrinkage"
        "-floop-interchange"
        "-floop-nest-optimize"
        "-floop-unroll-and-jam"
        "-fmodulo-sched"
        "-fno-align-loops"
        "-fno-builtin"
        "-fno-caller-saves"
        "-fno-code-hoisting"
        "-fno-crossjumping"
        "-fno-expensive-optimizations"
        "-fno-forward-propagate"
        "-fno-gcse"
        "-fno-guess-branch-probability"
        "-fno-if-conversion"
        "-fno-if-conversion2"
        "-fno-inline-functions"
        "-fno-inline-functions-called-once"
        "-fno-inline-small-functions"
        "-fno-ipa-icf"
        "-fno-ipa-ra"
        "-fno-ipa-sra"
        "-fno-ira-share-spill-slots"
        "-fno-ivopts"
        "-fno-jump-tables"
        "-fno-move-loop-invariants"
        "-fno-omit-frame-pointer"
        "-fno-optimize-sibling-calls"
        "-fno-partial-inlining"
        "-fno-plt"
        "-fno-reorder-blocks"
        "-fno-reorder-blocks-and-partition"
        "-fno-schedule-insns2"
        "-fno-semantic-interposition"
        "-fno-shrink-wrap"
        "-fno-split-wide-types"
        "-fno-ssa-phiopt"
        "-fno-store-merging"
        "-fno-strict-aliasing"
        "-fno-thread-jumps"
        "-fno-tree-ch"
        "-fno-tree-coalesce-vars"
        "-fno-tree-dominator-opts"
        "-fno-tree-dse"
        "-fno-tree-loop-distribute-patterns"
        "-fno-tree-loop-if-convert"
        "-fno-tree-loop-im"
        "-fno-tree-pre"
        "-fno-tree-reassoc"
        "-fno-tree-scev-cprop"
        "-fno-tree-sink"
        "-fno-tree-slp-vectorize"
        "-fno-tree-switch-conversion"
        "-fno-tree-tail-merge"
        "-fno-tree-ter"
        "-fno-tree-vectorize"
        "-fno-tree-vrp"
        "-fno-unroll-loops"
        "-fomit-frame-pointer"
        "-fpeel-loops"
        "-fpredictive-commoning"
        "-fprefetch-loop-arrays"
        "-frename-registers"
        "-freorder-blocks-algorithm="
        "-fsched-pressure"
        "-fschedule-insns"
        "-fselective-scheduling2"
        "-fsplit-loops"
        "-fsplit-paths"
        "-fstack-reuse="
        "-ftracer"
        "-ftree-loop-distribution"
        "-ftree-partial-pre"
        "-ftree-vectorize"
        "-funroll-all-loops"
        "-funroll-loops"
        "-funswitch-loops"
        "-fvect-cost-model="
        "-fversion-loops-for-strides"
        "-fweb"
        "-maccumulate-outgoing-args"
        "-march="
        "-mavx2"
        "-mbranch-cost="
        "-mcpu="
        "-minline-all-stringops"
        "-mmemcpy-strategy="
        "-mmemset-strategy="
        "-mmove-max="
        "-mno-align-stringops"
        "-mno-avx"
        "-mno-avx512f"
        "-mno-bmi2"
        "-mno-push-args"
        "-mno-stv"
        "-mno-vzeroupper"
        "-mprefer-vector-width="
        "-mstore-max="
        "-mtune="
      ];
      asked = [ "-flto" ];
    };
  };

  # What may follow -m in an option that turns a feature on or off.
  features = "3dnow|abm|adx|aes|amx-avx512|amx-bf16|amx-complex|amx-fp16|amx-fp8|amx-int8|amx-movrs|amx-tile|avx|avx10[.]1|avx10[.]2|avx2|avx5124fmaps|avx5124vnniw|avx512bf16|avx512bitalg|avx512bmm|avx512bw|avx512cd|avx512dq|avx512er|avx512f|avx512fp16|avx512ifma|avx512pf|avx512vbmi|avx512vbmi2|avx512vl|avx512vnni|avx512vp2intersect|avx512vpopcntdq|avxifma|avxneconvert|avxvnni|avxvnniint16|avxvnniint8|bmi|bmi2|cldemote|clflushopt|clwb|clzero|cmpccxadd|cx16|enqcmd|f16c|fma|fma4|fsgsbase|fxsr|gfni|hle|hreset|kl|lwp|lzcnt|mmx|movbe|movdir64b|movdiri|movrs|mwaitx|no-3dnow|no-abm|no-adx|no-aes|no-amx-avx512|no-amx-bf16|no-amx-complex|no-amx-fp16|no-amx-fp8|no-amx-int8|no-amx-movrs|no-amx-tile|no-avx|no-avx10[.]1|no-avx10[.]2|no-avx2|no-avx5124fmaps|no-avx5124vnniw|no-avx512bf16|no-avx512bitalg|no-avx512bmm|no-avx512bw|no-avx512cd|no-avx512dq|no-avx512er|no-avx512f|no-avx512fp16|no-avx512ifma|no-avx512pf|no-avx512vbmi|no-avx512vbmi2|no-avx512vl|no-avx512vnni|no-avx512vp2intersect|no-avx512vpopcntdq|no-avxifma|no-avxneconvert|no-avxvnni|no-avxvnniint16|no-avxvnniint8|no-bmi|no-bmi2|no-cldemote|no-clflushopt|no-clwb|no-clzero|no-cmpccxadd|no-cx16|no-enqcmd|no-f16c|no-fma|no-fma4|no-fsgsbase|no-fxsr|no-gfni|no-hle|no-hreset|no-kl|no-lwp|no-lzcnt|no-movbe|no-movdir64b|no-movdiri|no-movrs|no-mwaitx|no-pclmul|no-pconfig|no-pku|no-popcnt|no-prefetchi|no-prefetchwt1|no-prfchw|no-ptwrite|no-rdpid|no-rdrnd|no-rdseed|no-sahf|no-serialize|no-sgx|no-sha|no-sha512|no-sm3|no-sm4|no-sse3|no-sse4[.]1|no-sse4[.]2|no-sse4a|no-ssse3|no-tbm|no-tsxldtrk|no-uintr|no-usermsr|no-vaes|no-vpclmulqdq|no-waitpkg|no-wbnoinvd|no-widekl|no-xop|no-xsave|no-xsavec|no-xsaveopt|no-xsaves|pclmul|pconfig|pku|popcnt|prefetchi|prefetchwt1|prfchw|ptwrite|rdpid|rdrnd|rdseed|sahf|serialize|sgx|sha|sha512|sm3|sm4|sse|sse2|sse3|sse4[.]1|sse4[.]2|sse4a|ssse3|tbm|tsxldtrk|uintr|usermsr|vaes|vpclmulqdq|waitpkg|wbnoinvd|widekl|xop|xsave|xsavec|xsaveopt|xsaves";

  profile =
    let
      read = lib.importTOML cfg.profile;
    in
    if read.schema or 0 == 1 || read.schema or 0 == 2 then
      read
    else
      throw "hwtune.profile: schema ${
        toString (read.schema or "none")
      }, neither 1 nor 2; render this module again with a hwtune of the profile's age";

  # The same set, in whatever order.
  same = a: b: lib.sort builtins.lessThan a == lib.sort builtins.lessThan b;

  # Whether exactly these flags were confirmed to help the package.
  confirmed =
    section: flags:
    lib.any (
      judged:
      !(judged ? kernel)
      && judged.stage == "confirm"
      && judged.verdict == "helps"
      && same judged.flags flags
      && (judged.kind or "set" != "without" || same flags section.flags)
    ) (section.judged or [ ]);

  # Why a package's flags do not count at all; null where they do.
  doubt =
    section:
    let
      verdict = section.verdict or "none";
      measurement = profile.measurement or { };
      # A profile may hold sections of several runs.
      control =
        if section ? run then section.run.control or "not measured" else measurement.aa.verdict or "none";
      margin = section.run.margin or measurement.margin;
    in
    if (section.evidence or "none") == "none" then
      (
        if
          lib.elem verdict [
            "refused"
            "unsupported"
            "crashed"
            "wrong-result"
            "harms"
          ]
        then
          "verdict ${verdict}"
        else if !cfg.allowUnmeasured then
          "not measured; hwtune.allowUnmeasured takes it all the same"
        else
          null
      )
    else if verdict != "helps" then
      "verdict ${verdict}"
    else if !(section ? effect && section ? low && section ? high && measurement ? margin) then
      "verdict helps without figures"
    else if section.low > section.effect || section.effect > section.high then
      "the effect does not lie within its interval"
    else if !(section.low > margin) then
      "verdict helps, but low is not above the margin"
    else if control == "none" || control == "helps" || control == "harms" then
      "the A/A control of the run says ${control}"
    else if !(profile.complete or false) && !confirmed section section.flags then
      "the run was interrupted before these flags were confirmed"
    else if !borne section then
      "no row of the profile confirms exactly these flags with these figures"
    else
      null;

  # Whether a row of the section is where its flags and figures come from.
  borne =
    section:
    lib.any (
      judged:
      !(judged ? kernel)
      && judged.stage == "confirm"
      && judged.verdict == "helps"
      && same judged.flags section.flags
      && (judged.effect or null) == section.effect
      && (judged.low or null) == section.low
      && (judged.high or null) == section.high
    ) (section.judged or [ ]);

  # Why a flag promises more than the profile's host offers; null where it does not.
  beyond =
    flag:
    let
      cpu = builtins.match "-m(arch|cpu)=(.*)" flag;
      feature = builtins.match "-m(${features})" flag;
      on = lib.head feature;
      levels = [
        "x86-64"
        "x86-64-v2"
        "x86-64-v3"
        "x86-64-v4"
      ];
      below = lib.filter (level: builtins.compareVersions (profile.host.level or "") level >= 0) levels;
      names = [ "generic" ] ++ below ++ map (t: t.march) (profile.toolchain or [ ]);
    in
    if cpu != null && !(lib.elem (lib.last cpu) names) then
      "names another CPU than was decided for this host"
    else if
      feature != null && !lib.hasPrefix "no-" on && !(lib.elem on (profile.host.features or [ ]))
    then
      "the host does not offer ${on}"
    else
      null;

  # Why one flag is dropped; null where it is kept.
  refusal =
    name: flag:
    let
      rules = policy.${name};
      fits =
        pattern:
        flag == pattern
        ||
          lib.hasSuffix "=" pattern
          && lib.hasPrefix pattern flag
          && builtins.match "[a-zA-Z0-9][a-zA-Z0-9.+:_-]*" (lib.removePrefix pattern flag) != null;
      machine = rules.machine && builtins.match "-m(${features})" flag != null;
    in
    # A regular expression over a text of any length could exhaust the stack.
    if lib.stringLength flag > 120 then
      "longer than any option"
    else if lib.hasSuffix "=native" flag then
      "depends on the machine that builds"
    else if machine || lib.any fits rules.allowed then
      null
    else if lib.any fits rules.asked then
      (if lib.elem flag (cfg.allow.${name} or [ ]) then null else "only on request: hwtune.allow.${name}")
    else
      "no rule of ${name} allows it";

  decided = lib.mapAttrs (
    name: _:
    let
      section = profile.package.${name} or null;
      doubted = if section == null then "not in the profile" else doubt section;
      flags = if section == null then [ ] else section.flags;
      why =
        flag:
        if doubted != null then
          doubted
        else if refusal name flag != null then
          refusal name flag
        else
          beyond flag;
    in
    rec {
      kept = lib.filter (flag: why flag == null) flags;
      dropped = map (flag: {
        inherit flag;
        reason = why flag;
      }) (lib.filter (flag: why flag != null) flags);
      # Whether exactly the flags kept were measured to help.
      measured =
        kept != [ ] && section.evidence or "none" != "none" && (dropped == [ ] || confirmed section kept);
      reason =
        if doubted != null then
          doubted
        else if kept == [ ] || measured then
          null
        else if section.evidence or "none" == "none" then
          "NOT MEASURED: nobody timed these flags on this host"
        else
          "NOT MEASURED in this form: timed only together with ${
            toString (map (d: d.flag) dropped)
          }, which is left out";
    }
  ) policy;

  # nixpkgs' name for the target of the compiler that was used.
  system =
    let
      target = (lib.head profile.toolchain).target;
      parts = builtins.match "(x86_64|aarch64|riscv64|powerpc64le|i686)-(.*-)?linux(-gnu)?" target;
    in
    if parts == null then
      throw "hwtune.profile: target ${target} is not one of NixOS's"
    else
      "${lib.head parts}-linux";

  # Appends after the flags that a package carries, in the attribute in which it carries them: a
  # string or a list, in env or, in old releases, at top level. Both at once would be an error. A
  # package that is only put together from others runs no compiler, and flags would do nothing there.
  append =
    extra: package:
    package.overrideAttrs (
      old:
      let
        present = toString (old.NIX_CFLAGS_COMPILE or old.env.NIX_CFLAGS_COMPILE or "");
        value = toString (lib.filter (part: part != "") ([ present ] ++ extra));
      in
      if old ? buildCommand then
        throw "hwtune: ${
          old.pname or old.name or "a package"
        } compiles nothing in this nixpkgs; turn its option off"
      else if old ? NIX_CFLAGS_COMPILE then
        { NIX_CFLAGS_COMPILE = value; }
      else
        {
          env = (old.env or { }) // {
            NIX_CFLAGS_COMPILE = value;
          };
        }
    );
in
{
  options.hwtune = {
    enable = lib.mkEnableOption "the flags of a hwtune profile";
    profile = lib.mkOption {
      type = lib.types.path;
      example = lib.literalExpression "./profiles/HOST.toml";
      description = "The profile that `hwtune tune` wrote on this host.";
    };
    allowUnmeasured = lib.mkEnableOption "flags that nobody measured on this host";
    allow = lib.mkOption {
      type = lib.types.attrsOf (lib.types.listOf lib.types.str);
      default = { };
      example = {
        glibc = [ "-O3" ];
      };
      description = "Flags that a package takes only on request.";
    };
    report = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      readOnly = true;
      default = decided;
      defaultText = lib.literalExpression "what the profile comes to";
      description = "Which flags are kept and dropped, package by package, with the reasons.";
    };
    glibc.enable = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether to build glibc with the profile's flags.";
    };
    zlib.enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether to build zlib with the profile's flags.";
    };
  };

  config = lib.mkIf cfg.enable {
    nixpkgs.overlays = [
      (
        _final: prev:
        let
          # Other platforms of the same configuration (i686, musl, static, cross) stay as they are.
          here =
            prev.stdenv.hostPlatform.system == system
            && prev.stdenv.hostPlatform.isGnu
            && prev.stdenv.buildPlatform == prev.stdenv.hostPlatform;
          tuned =
            name:
            if here && cfg.${name}.enable && decided.${name}.kept != [ ] then
              append decided.${name}.kept prev.${name}
            else
              prev.${name};
        in
        {
          glibc = tuned "glibc";
          zlib = tuned "zlib";
        }
      )
    ];
  };
}
