#!/usr/bin/env python3
"""Tries hwtune on files that describe CPUs, and judges by the ecosystems' own tools whether what it says is right.

    benches/cpu-files.py HWTUNE KIND=FOLDER_OR_FILE... [--wrong FILE] [--every N]

KIND begins with `cpuinfo` (/proc/cpuinfo of any architecture), `dump` (CPUID) or `lscpu`. Needs the Python packages archspec and
ziglang beside this interpreter, and rustc, gcc-12, aarch64-linux-gnu-gcc where the names are theirs. HWTUNE_ARCHSPEC names
a folder with an older archspec to be asked as well.

A file is right when all of this holds; what the file does not say, nothing may promise:
  1. `detect` names the CPU, or refuses a file of no supported architecture by naming the architecture or the format.
  2. rustc, under -C target-cpu and target-feature as `render cargo` writes them, turns on no feature that compilers write into
     ordinary code and that the file lacks, and knows the name.
  3. Zig, under -mcpu as `render zig` writes it, likewise.
  4. gcc 12, under what `detect --for gcc@12.2` (or --cc on AArch64) says, likewise.
  5. The target that `render spack` requires is one that archspec itself calls compatible with the host, in every version asked.
  6. GOAMD64 is no level that the file lacks; a 32-bit CPU gets no name of a 64-bit one.
"""
import functools, json, os, re, subprocess, sys, tempfile
from collections import defaultdict
from pathlib import Path

HWTUNE = sys.argv[1]
# What no compiler writes into ordinary code: intrinsics, assembly, kernels and hints alone.
X86_FLAGS = {  # feature of rustc, of Zig and of gcc by the kernel's name
    "pni": "sse3 sse3 SSE3", "ssse3": "ssse3 ssse3 SSSE3", "sse4_1": "sse4.1 sse4_1 SSE4_1", "sse4_2": "sse4.2 sse4_2 SSE4_2",
    "popcnt": "popcnt popcnt POPCNT", "avx": "avx avx AVX", "avx2": "avx2 avx2 AVX2", "fma": "fma fma FMA", "f16c": "f16c f16c F16C",
    "bmi1": "bmi1 bmi BMI", "bmi2": "bmi2 bmi2 BMI2", "abm": "lzcnt lzcnt LZCNT", "movbe": "movbe movbe MOVBE",
    "cx16": "cmpxchg16b cx16 -", "avx512f": "avx512f avx512f AVX512F", "avx512bw": "avx512bw avx512bw AVX512BW",
    "avx512cd": "avx512cd avx512cd AVX512CD", "avx512dq": "avx512dq avx512dq AVX512DQ", "avx512vl": "avx512vl avx512vl AVX512VL",
    "avx512ifma": "avx512ifma avx512ifma AVX512IFMA", "avx512vbmi": "avx512vbmi avx512vbmi AVX512VBMI",
    "avx512_vbmi2": "avx512vbmi2 avx512vbmi2 AVX512VBMI2", "avx512_vnni": "avx512vnni avx512vnni AVX512VNNI",
    "avx512_bitalg": "avx512bitalg avx512bitalg AVX512BITALG", "avx512_vpopcntdq": "avx512vpopcntdq avx512vpopcntdq AVX512VPOPCNTDQ",
    "avx512_bf16": "avx512bf16 avx512bf16 AVX512BF16", "avx512_fp16": "avx512fp16 avx512fp16 AVX512FP16",
    "avx_vnni": "avxvnni avxvnni AVXVNNI", "gfni": "gfni gfni GFNI", "vaes": "vaes vaes VAES",
    "vpclmulqdq": "vpclmulqdq vpclmulqdq VPCLMULQDQ", "aes": "aes aes AES", "pclmulqdq": "pclmulqdq pclmul PCLMUL",
    "sha_ni": "sha sha SHA", "adx": "adx adx ADX", "sse4a": "sse4a sse4a SSE4A", "xop": "xop xop XOP", "fma4": "fma4 fma4 FMA4",
    "tbm": "tbm tbm TBM", "3dnow": "- 3dnow 3dNOW", "lahf_lm": "- sahf -", "avx512_vp2intersect": "avx512vp2intersect avx512vp2intersect AVX512VP2INTERSECT",
}
ARM_FLAGS = {
    "asimd": "neon neon -", "crc32": "crc crc CRC32", "atomics": "lse lse ATOMICS", "aes": "aes aes AES", "sha2": "sha2 sha2 SHA2",
    "asimddp": "dotprod dotprod DOTPROD", "fphp": "fp16 fullfp16 FP16_SCALAR_ARITHMETIC", "asimdrdm": "rdm rdm QRDMX",
    "lrcpc": "rcpc rcpc RCPC", "ilrcpc": "rcpc2 rcpc_immo -", "sve": "sve sve SVE", "sve2": "sve2 sve2 SVE2", "i8mm": "i8mm i8mm MATMUL_INT8",
    "bf16": "bf16 bf16 BF16", "fcma": "fcma complxnum COMPLEX", "jscvt": "jsconv jsconv JCVT", "frint": "frintts fptoint FRINT",
    "sha512": "sha3 sha3 SHA3", "sm4": "sm4 sm4 SM4", "asimdfhm": "fhm fp16fml FP16_FML", "flagm": "flagm flagm -",
    "uscat": "lse2 lse2 -", "sme": "sme sme SME", "cssc": "cssc cssc CSSC", "mops": "mops mops MOPS",
}
BITS = [  # leaf, subleaf, register, bit, name
    *[(1, 0, 2, b, n) for b, n in {0: "pni", 1: "pclmulqdq", 9: "ssse3", 12: "fma", 13: "cx16", 19: "sse4_1", 20: "sse4_2", 22: "movbe",
      23: "popcnt", 25: "aes", 26: "xsave", 27: "osxsave", 28: "avx", 29: "f16c", 30: "rdrand"}.items()],
    *[(1, 0, 3, b, n) for b, n in {0: "fpu", 8: "cx8", 15: "cmov", 23: "mmx", 24: "fxsr", 25: "sse", 26: "sse2"}.items()],
    *[(7, 0, 1, b, n) for b, n in {0: "fsgsbase", 3: "bmi1", 5: "avx2", 8: "bmi2", 16: "avx512f", 17: "avx512dq", 18: "rdseed", 19: "adx",
      21: "avx512ifma", 23: "clflushopt", 24: "clwb", 26: "avx512pf", 27: "avx512er", 28: "avx512cd", 29: "sha_ni", 30: "avx512bw", 31: "avx512vl"}.items()],
    *[(7, 0, 2, b, n) for b, n in {1: "avx512vbmi", 3: "pku", 6: "avx512_vbmi2", 8: "gfni", 9: "vaes", 10: "vpclmulqdq", 11: "avx512_vnni",
      12: "avx512_bitalg", 14: "avx512_vpopcntdq", 22: "rdpid", 27: "movdiri", 28: "movdir64b", 25: "cldemote"}.items()],
    *[(7, 0, 3, b, n) for b, n in {8: "avx512_vp2intersect", 14: "serialize", 22: "amx_bf16", 23: "avx512_fp16", 24: "amx_tile", 25: "amx_int8"}.items()],
    *[(7, 1, 0, b, n) for b, n in {4: "avx_vnni", 5: "avx512_bf16"}.items()],
    *[(0xD, 1, 0, b, n) for b, n in {0: "xsaveopt", 1: "xsavec", 3: "xsaves"}.items()],
    *[(0x80000001, 0, 2, b, n) for b, n in {0: "lahf_lm", 5: "abm", 6: "sse4a", 8: "3dnowprefetch", 11: "xop", 15: "lwp", 16: "fma4", 21: "tbm"}.items()],
    *[(0x80000001, 0, 3, b, n) for b, n in {22: "mmxext", 27: "rdtscp", 29: "lm", 30: "3dnowext", 31: "3dnow"}.items()],
    (0x80000008, 0, 1, 0, "clzero"),
]
LEVELS = {"v1": "", "v2": "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3", "v3": "avx avx2 bmi1 bmi2 f16c fma abm movbe",
          "v4": "avx512f avx512bw avx512cd avx512dq avx512vl"}


def run(*command, env=None, text=None):
    done = subprocess.run(command, capture_output=True, text=True, input=text, env={**os.environ, **(env or {})}, errors="replace")
    return done.returncode, done.stdout, done.stderr


class File:
    """What a file says, read without hwtune: architecture, vendor, flags that all CPUs in it have, and what archspec reads."""

    def __init__(self, kind, path):
        self.kind, self.path = kind, path
        self.text = path.read_bytes().decode("latin-1")
        self.arch, self.flags, self.vendor, self.part, self.generation, self.uarch = "", set(), "", "", 0, ""
        (self.dump if kind.startswith("dump") else self.cpuinfo)()

    def cpuinfo(self):
        blocks = [self.fields(b) for b in re.split(r"\n\s*\n", self.text)]
        whole = self.fields(self.text)
        first = next((b for b in blocks if {"flags", "Features", "isa"} & set(b)), whole)
        sets = lambda key: [set(b[key].split()) for b in blocks if key in b]
        common = lambda key: set.intersection(*sets(key)) if sets(key) else set(whole.get(key, "").split())
        if "vendor_id" in whole and "flags" in whole:
            self.flags, self.vendor = common("flags"), whole["vendor_id"]
            self.arch = "x86_64" if "lm" in self.flags else "i686"
        elif "CPU implementer" in whole:
            self.flags = common("Features") or common("features")
            self.arch = "aarch64" if "asimd" in self.flags or whole.get("CPU architecture") in ("AArch64",) else "arm"
            self.vendor, self.part = first.get("CPU implementer", whole["CPU implementer"]), first.get("CPU part", whole.get("CPU part", ""))
        elif "isa" in whole:
            all_isas = [b["isa"] for b in blocks if "isa" in b]
            exts = []
            for isa in all_isas:
                letters, *more = isa.lower().split("_")
                exts.append(set(re.sub(r"^rv(32|64|128)", "", letters)) | {m for m in more if m})
            self.arch, self.flags = ("riscv32" if "rv32" in all_isas[0] else "riscv64"), set.intersection(*exts)
            if "g" in self.flags: self.flags |= set("imafd")
            # Vectors before version 1.0 are another extension.
            if re.search(r"0\.7|cpu-vector", self.text) or "thead,c9" in self.text: self.flags.discard("v")
            self.uarch = whole.get("uarch", whole.get("model name", ""))
        elif re.search(r"^cpu\s*:.*(POWER|Power|ppc|PPC|G5|970|Cell|e\d)", self.text, re.M):
            self.arch = "ppc64le" if re.search(r"little|ppc64le", self.text + str(self.path)) else "ppc64"
            found = re.search(r"P(?:OWER|ower)(\d+)", self.text)
            self.generation = int(found.group(1)) if found else 0
            # Another PowerPC than POWER is an architecture that nothing here has a name for.
            if not found: self.arch = "other"
        elif re.search(r"loongson|loongarch", self.text, re.I) and "CPU Revision" in whole:
            self.arch, self.flags = "loongarch64", common("Features")
        else:
            self.arch = "other"

    @staticmethod
    def fields(text):
        pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
        return dict(reversed([(k.strip(), v.strip()) for k, v in pairs]))

    def dump(self):
        cpus, seen = [], {}
        add = lambda leaf, sub, regs: seen.setdefault((leaf, sub), regs)
        count = defaultdict(int)
        text = re.split(r"\[ All CPUs \]|\[ MSR Registers", self.text)[0]
        for line in text.splitlines():
            inst = re.match(r"\s*CPUID ([0-9A-Fa-f]{8})[:\s]*([0-9A-Fa-f]{8})[- ]+([0-9A-Fa-f]{8})[- ]+([0-9A-Fa-f]{8})[- ]+([0-9A-Fa-f]{8})(?:.*\[SL ([0-9A-Fa-f]+)\])?", line)
            raw = re.match(r"\s*0x([0-9a-f]{8}) 0x([0-9a-f]{2}): eax=0x(\w+) ebx=0x(\w+) ecx=0x(\w+) edx=0x(\w+)", line)
            lib = re.match(r"(basic|ext)_cpuid\[(\d+)\]=(\w+) (\w+) (\w+) (\w+)", line)
            loc = re.match(r"([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) => ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", line)
            if inst:
                leaf, regs = int(inst[1], 16), [int(inst[n], 16) for n in range(2, 6)]
                if leaf == 0 and (0, 0) in seen: cpus, seen, count = cpus + [seen], {}, defaultdict(int)
                add(leaf, int(inst[6], 16) if inst[6] else count[leaf], regs)
                count[leaf] += 1
            elif raw:
                leaf, regs = int(raw[1], 16), [int(raw[n], 16) for n in range(3, 7)]
                if leaf == 0 and (0, 0) in seen: cpus, seen = cpus + [seen], {}
                add(leaf, int(raw[2], 16), regs)
            elif lib:
                add(int(lib[2]) + (0x80000000 if lib[1] == "ext" else 0), 0, [int(lib[n], 16) for n in range(3, 7)])
            elif loc:
                add(int(loc[2], 16), int(loc[4], 16), [int(loc[n], 16) for n in range(6, 10)])
        cpus = [cpu for cpu in cpus + [seen] if (1, 0) in cpu]
        if not cpus:
            self.arch = "arm" if re.search(r"arm_|MIDR|aarch64", self.text, re.I) else "other"
            return
        self.arch = "i686"
        # A table of bits counts as far as the CPU says that the leaf is there.
        def has(cpu, leaf, sub, register, bit):
            top = cpu.get((leaf & 0x80000000, 0), [0])[0]
            return leaf <= max(top, leaf & 0x80000000) and cpu.get((leaf, sub), [0] * 4)[register] >> bit & 1
        self.flags = {name for leaf, sub, register, bit, name in BITS if all(has(c, leaf, sub, register, bit) for c in cpus)}
        # libcpuid keeps the first subleaf alone: of the others nothing is known.
        if "basic_cpuid" in self.text: self.flags |= {"?"}
        vendor = cpus[0].get((0, 0), [0] * 4)
        self.vendor = b"".join(vendor[n].to_bytes(4, "little") for n in (1, 3, 2)).decode("latin-1")
        if "lm" in self.flags: self.arch = "x86_64"


def table(arch): return {"x86_64": X86_FLAGS, "i686": X86_FLAGS, "aarch64": ARM_FLAGS}.get(arch, {})


def beyond(file, on, column):
    """What is on and the file lacks."""
    if file.arch.startswith("riscv"):
        return sorted(f for f in on if re.fullmatch(r"[acdfmv]|zb[abcs]|zicond|z?v?fh", f) and f not in file.flags)
    if file.arch == "loongarch64": return sorted(f for f in on & {"lsx", "lasx"} if f not in file.flags)
    missing = []
    for flag, names in table(file.arch).items():
        name = names.split()[column]
        unknown = "?" in file.flags and flag in ("avx_vnni", "avx512_bf16")
        # In 32-bit code there is no CMPXCHG16B, and LAHF always.
        also = (flag == "abm" and "lzcnt" in file.flags) or (file.arch == "i686" and flag in ("cx16", "lahf_lm"))
        if name in on and flag not in file.flags and not unknown and not also: missing.append(name)
    return missing


TRIPLES = {"x86_64": "x86_64-unknown-linux-gnu", "i686": "i686-unknown-linux-gnu", "aarch64": "aarch64-unknown-linux-gnu",
           "riscv64": "riscv64gc-unknown-linux-gnu", "ppc64le": "powerpc64le-unknown-linux-gnu", "loongarch64": "loongarch64-unknown-linux-gnu"}


@functools.lru_cache(None)
def rustc(target, cpu, features):
    command = ["rustc", "--print", "cfg", "--target", target, f"-Ctarget-cpu={cpu}"] + ([f"-Ctarget-feature={features}"] if features else [])
    code, out, err = run(*command, env={"RUSTC_BOOTSTRAP": "1"})
    if code or "not a recognized processor" in err: return None
    return frozenset(re.findall(r'target_feature="([^"]+)"', out))


@functools.lru_cache(None)
def zig(arch, cpu):
    arch = {"i686": "x86", "ppc64le": "powerpc64le"}.get(arch, arch)
    code, out, _ = run(sys.executable, "-m", "ziglang", "build-obj", "--show-builtin", "-target", f"{arch}-linux-gnu", f"-mcpu={cpu}")
    return None if code else frozenset(re.findall(r"^        \.@?\"?([a-z0-9_]+)\"?,$", out, re.M))


@functools.lru_cache(None)
def gcc(compiler, options):
    code, out, _ = run(compiler, *options, "-dM", "-E", "-x", "c", "/dev/null")
    return None if code else frozenset(re.findall(r"#define __(?:ARM_FEATURE_)?(\w+?)(?:__)? ", out))


def archspecs():
    folders = [None] + ([os.environ["HWTUNE_ARCHSPEC"]] if "HWTUNE_ARCHSPEC" in os.environ else [])
    return folders


@functools.lru_cache(None)
def archspec(folder, arch, vendor, flags, part, generation, uarch):
    code = ("import sys,json\n" + (f"sys.path.insert(0,{folder!r})\n" if folder else "") +
            "import archspec.cpu.detect as d\nfrom archspec.cpu import TARGETS\na=json.loads(sys.stdin.read())\n"
            "d._machine=lambda: a['arch']\nv=a['vendor']\n"
            "if a['arch']=='aarch64': v=d.TARGETS_JSON['conversions']['arm_vendors'].get(v,v)\n"
            "try: i=d.partial_uarch(name=a['uarch'],vendor=v,features=set(a['flags']),generation=a['generation'],cpu_part=a['part'])\n"
            "except TypeError: i=d.partial_uarch(name=a['uarch'],vendor=v,features=set(a['flags']),generation=a['generation'])\n"
            "print(json.dumps([t.name for t in d.compatible_microarchitectures(i)]))\n")
    asked = json.dumps({"arch": {"i686": "x86"}.get(arch, arch), "vendor": vendor, "flags": sorted(flags), "part": part, "generation": generation, "uarch": uarch or "riscv64"})
    status, out, err = run(sys.executable, "-c", code, text=asked)
    return None if status else frozenset(json.loads(out))


SUPPORTED = {"x86_64", "i686", "aarch64", "arm", "riscv64", "riscv32", "ppc64le", "ppc64", "loongarch64"}
RENDERED = {}


def render(profile, key, target):
    """The rendered text, by what the profile says: many files say the same."""
    if (key, target) not in RENDERED:
        code, out, _ = run(HWTUNE, "render", target, "--profile", "-", "--allow-unmeasured", text=profile)
        lines = [l for l in out.splitlines() if not l.lstrip().startswith("#")]
        RENDERED[key, target] = "\n".join(lines) if code == 0 else ""
    return RENDERED[key, target]


def judge(file):
    option = "--cpuid-dump" if file.kind.startswith("dump") else "--cpuinfo"
    wide = file.arch in ("x86_64", "i686")
    compiler = ["--no-toolchains"] + (["--for", "gcc@12.2"] if wide or file.arch == "aarch64" else [])
    code, out, err = run(HWTUNE, "detect", option, str(file.path), "--format", "json", *compiler)
    # What the message says, without the path, which may hold any word.
    err = err.strip().replace(str(file.path), "FILE")
    if code and not wide:
        # The first version has no answer for other architectures here.
        compiler = ["--no-toolchains"]
        code, out, err = run(HWTUNE, "detect", option, str(file.path), "--format", "json", *compiler)
        err = err.strip().replace(str(file.path), "FILE")
    if file.kind.startswith("lscpu"):
        return [] if code == 0 or "lscpu" in err else ["an lscpu text is neither read nor named: " + err[-90:]]
    if file.arch not in SUPPORTED or (file.kind.startswith("dump") and file.arch == "arm"):
        said = re.search(r"not supported|Arm|ARM|s390|mips|sparc|MIPS|PowerPC|lscpu|ia64|alpha|hppa|m68k|sh", err)
        return [] if code and said else [f"another architecture is not named: {err.strip()[-90:]}" if code else "named, though its architecture is unknown"]
    if code: return [f"refused: {err.strip()[-110:]}"]
    made, wrong = json.loads(out), []
    names = made["names"]
    code, profile, err = run(HWTUNE, "detect", option, str(file.path), "--format", "toml", "--name", "x", *compiler)
    if code: return [f"no profile: {err.strip()[-110:]}"]
    # A profile of a host without a compiler tells renderers no system: give it the triple that the file is of.
    if "[[toolchain]]" not in profile and file.arch in TRIPLES:
        triple = TRIPLES[file.arch].replace("-unknown", "").replace("riscv64gc", "riscv64")
        profile += f'\n[[toolchain]]\nid = "gcc-12.2.0"\ncompiler = "gcc"\nversion = "12.2.0"\ntarget = "{triple}"\nsha256 = ""\nmarch = ""\nmtune = ""\nadd = []\ndrop = []\ninert = []\nverified = false\n'
    key = re.sub(r"(?m)^(fingerprint|cpu|stepping|cores|threads|kernel|microcode|measured_at|memory_mib) .*$|kib = \d+|cpus = \d+", "", profile)
    on = None
    if file.arch in TRIPLES and names["rust"]:
        cargo = render(profile, key, "cargo")
        found = re.search(r"target-cpu=([^\"]+)", cargo)
        features = re.search(r"target-feature=([^\"]+)", cargo)
        if found:
            on = rustc(TRIPLES[file.arch], found[1], features[1] if features else "")
            wrong += [f"rustc does not know {found[1]}"] if on is None else [f"rustc {found[1]}: {f}" for f in beyond(file, on, 0)]
        elif not cargo and names["rust"]: pass
    zigged = re.search(r"-Dcpu=(\S+)|\.cpu = \"?(\S+?)\"|cpu=(\S+)", render(profile, key, "zig")) if file.arch in TRIPLES else None
    if zigged:
        value = next(g for g in zigged.groups() if g).strip("'\"")
        on = zig(file.arch, value)
        wrong += [f"Zig does not know {value}"] if on is None else [f"Zig {value}: {f}" for f in beyond(file, on, 1)]
        if file.arch == "riscv64" and on is not None and "d" in file.flags and "d" not in on: wrong.append(f"Zig {value}: soft-float ABI")
    for one in (t for t in made.get("toolchains", []) if t["compiler"] == "gcc" and t["version"].startswith("12.")):
        flags = [f"-m{'cpu' if file.arch == 'aarch64' else 'arch'}={one['march']}"] if one["march"] else []
        flags += list(one["add"]) + [f for f in one["drop"]]
        flags = [f if f.startswith("-") else f"-m{f}" for f in flags]
        asked = gcc("aarch64-linux-gnu-gcc", tuple(flags)) if file.arch == "aarch64" else gcc("gcc-12", ("-m32",) * (file.arch == "i686") + tuple(flags))
        if asked is None: wrong.append(f"gcc refuses {' '.join(flags)}")
        else: wrong += [f"gcc {' '.join(flags[:2])}: {f}" for f in beyond(file, asked, 2)]
    target = re.search(r"target=([a-z0-9_]+)", render(profile, key, "spack")) if names["archspec"] else None
    if target and file.arch in ("x86_64", "aarch64", "ppc64le", "riscv64") and not (wide and file.kind.startswith("dump")):
        for folder in archspecs():
            part, flags = file.part, frozenset(file.flags)
            known = archspec(folder, file.arch, file.vendor, flags, part, file.generation, {"sifive,u74-mc": "u74mc", "spacemit,x60": "x60", "Spacemit(R) X60": "x60"}.get(file.uarch, file.uarch))
            if known is not None and target[1] not in known: wrong.append(f"archspec does not call {target[1]} compatible")
    if names["go"] and wide:
        needs = " ".join(LEVELS[l] for l in ("v1", "v2", "v3", "v4") if l <= names["go"]).split()
        lacking = [f for f in needs if f not in file.flags and not (f == "abm" and "lzcnt" in file.flags)]
        if lacking or file.arch == "i686": wrong.append(f"GOAMD64={names['go']}: {' '.join(lacking) or '32-bit'}")
    if file.arch == "i686":
        wide_names = [k for k in ("nixpkgs", "archspec") if re.match(r"x86[-_]64|core2$|nehalem", names[k] or "")]
        wrong += [f"a 32-bit CPU is {names[k]} for {k}" for k in wide_names]
    if file.arch == "arm" and (names["gcc"] or "").startswith("armv8") is False:
        version = re.search(r"CPU architecture\s*:\s*(\d+)", file.text)
        if version and int(version[1]) < 6 and re.match(r"armv[678]", names["nixpkgs"] or ""): wrong.append(f"{names['nixpkgs']} on architecture {version[1]}")
        if names["archspec"] == "aarch64" or "armv8" in (names["nixpkgs"] or ""): wrong.append("a 64-bit name for a 32-bit kernel")
    if file.arch == "ppc64le" and file.generation:
        got = re.search(r"(\d+)", names["gcc"] or "")
        if got and int(got[1]) > file.generation: wrong.append(f"{names['gcc']} on POWER{file.generation}")
    return wrong


def main():
    arguments, say = sys.argv[2:], None
    if "--wrong" in arguments:
        at = arguments.index("--wrong")
        say, arguments = open(arguments[at + 1], "w"), arguments[:at] + arguments[at + 2:]
    every = 1
    if "--every" in arguments:
        at = arguments.index("--every")
        every, arguments = int(arguments[at + 1]), arguments[:at] + arguments[at + 2:]
    counts = defaultdict(lambda: [0, 0])
    for argument in arguments:
        kind, place = argument.split("=", 1)
        place = Path(place)
        for path in sorted(p for p in ([place] if place.is_file() else place.rglob("*")) if p.is_file())[::every]:
            file = File(kind, path)
            if kind.startswith("cpuinfo") and file.arch == "other" and not re.search(r"^\s*(processor|cpu)\b", file.text, re.M): continue
            if kind.startswith("dump") and file.arch == "other": continue
            wrong = judge(file)
            what = {"x86_64": "x86", "i686": "x86", "aarch64": "AArch64", "arm": "32-bit Arm", "riscv64": "RISC-V", "riscv32": "RISC-V", "ppc64le": "POWER", "ppc64": "POWER", "loongarch64": "LoongArch"}.get(file.arch, "others")
            group = f"{'lscpu text' if kind.startswith('lscpu') else what + (' dump' if kind.startswith('dump') else ' cpuinfo')}"
            counts[group][bool(wrong)] += 1
            if wrong and say: print(f"{group}\t{path}\t{'; '.join(wrong)}", file=say, flush=True)
    for group, (right, bad) in sorted(counts.items()): print(f"{group:20} {right + bad:5} files  {right:5} right  {bad:4} wrong")


main()
