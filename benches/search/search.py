#!/usr/bin/env python3
"""See search.sh."""
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib

import others
import remeasure

HERE = os.path.dirname(os.path.abspath(__file__))
PROBES = remeasure.PROBES
BASE = ["-O2", "-fPIC"]
KERNELS = ["base64", "bytecode", "checksum", "hash", "huffman", "json", "lz", "matrix", "search", "sha256", "sort", "utf8"]


def tuned(hwtune, kernel, candidates, seconds, folder):
    """The set that hwtune writes."""
    profile = os.path.join(folder, "profile.toml")
    subprocess.run([hwtune, "tune", "--kernel", kernel, "--candidates", candidates, "--budget", f"{seconds}s", "-q", "--force",
                    "-o", profile], check=True, stdout=subprocess.DEVNULL)

    with open(profile, encoding="utf-8") as file:
        said = file.read()
    return next(iter(tomllib.loads(said)["kernel"].values())).get("flags", [])


def march(hwtune):
    said = json.loads(subprocess.run([hwtune, "detect", "--format", "json"], capture_output=True, check=True).stdout)
    return next(t["march"] for t in said["toolchains"] if t["compiler"] == "gcc")


def opentuner(kernel, seconds):
    """The set that OpenTuner finds; None where it is not there."""
    said = subprocess.run([sys.executable, "-W", "ignore", os.path.join(HERE, "opentuner_gcc.py"), kernel, *BASE, "--",
                           f"--stop-after={seconds}", "--no-dups"], capture_output=True, text=True, check=False)
    line = [l for l in said.stdout.splitlines() if l.startswith("best:")]
    return line[-1].split()[1:] if line else None


def main():
    hwtune, seconds = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    kernels = sys.argv[3:] or KERNELS
    host = march(hwtune)
    with open(os.path.join(HERE, "experts.txt"), encoding="utf-8") as file:
        experts = [l.format(march=host).split() for l in file if not l.startswith("#")]
    print(f"gain over -O2, % with its standard error, {remeasure.LAYOUTS} fresh layouts")
    rivals = {
        f"OpenTuner {seconds} s": lambda kernel: opentuner(kernel, seconds),
        f"OpenTuner {4 * seconds} s": lambda kernel: opentuner(kernel, 4 * seconds),
        f"elimination {seconds} s": lambda kernel: others.combined_elimination(kernel, BASE, seconds),
        f"drawn sets {seconds} s": lambda kernel: others.drawn(kernel, BASE, seconds),
    }
    if os.environ.get("RIVALS") == "0":
        rivals = {}
    head = [f"all {seconds} s", f"catalogue {seconds // 3} s", "best expert", *rivals]
    print(f"{'kernel':10}" + "".join(f"{h:>18}" for h in head), flush=True)
    for name in kernels:
        kernel = name if os.sep in name else os.path.join(PROBES, "host", f"{name}.c")
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            found = [tuned(hwtune, kernel, "all", seconds, folder), tuned(hwtune, kernel, "catalogue", seconds // 3, folder)]
            rival = [search(kernel) for search in rivals.values()]
            seen = remeasure.gains(kernel, BASE, found + experts + [r or [] for r in rival])
            ours, known, theirs = seen[:2], seen[2:2 + len(experts)], seen[2 + len(experts):]
            theirs = [f if r is not None else None for f, r in zip(theirs, rival)]
            # The best of ten figures flatters it: half of the layouts say which it is, and the others how good.
            tried = [(remeasure.mean(layouts[::2]), layouts[1::2], flags) for layouts, flags in zip(known, experts) if layouts]
            best = max(tried, default=(None, None, []), key=lambda one: one[0])
            figures = [remeasure.mean(f) if f else None for f in [*ours, best[1], *theirs]]
            told = ["-" if f is None else f"{f[0]:+.1f} ±{f[1]:.1f}" for f in figures]
            print(f"{os.path.basename(name).removesuffix('.c'):10}" + "".join(f"{t:>18}" for t in told)
                  + f"   {' '.join(found[0]) or 'nothing'}; expert {' '.join(best[2])}   ({time.monotonic() - began:.0f} s)", flush=True)


main()
