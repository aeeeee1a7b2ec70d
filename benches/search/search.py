#!/usr/bin/env python3
"""See search.sh."""
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib

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
    head = [f"all {seconds} s", f"catalogue {seconds // 3} s", "best expert", f"OpenTuner {seconds} s", f"OpenTuner {4 * seconds} s"]
    print(f"{'kernel':10}" + "".join(f"{h:>18}" for h in head), flush=True)
    for name in kernels:
        kernel = name if os.sep in name else os.path.join(PROBES, "host", f"{name}.c")
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            found = [tuned(hwtune, kernel, "all", seconds, folder), tuned(hwtune, kernel, "catalogue", seconds // 3, folder)]
            others = [opentuner(kernel, s) for s in (seconds, 4 * seconds)]
            figures = remeasure.gains(kernel, BASE, found + experts + [o or [] for o in others])
            ours, theirs = figures[:2], [f if o is not None else None for f, o in zip(figures[-2:], others)]
            best = max((f for f in figures[2:-2] if f), default=None)
            told = ["-" if f is None else f"{f[0]:+.1f} ±{f[1]:.1f}" for f in [*ours, best, *theirs]]
            print(f"{os.path.basename(name).removesuffix('.c'):10}" + "".join(f"{t:>18}" for t in told)
                  + f"   {' '.join(found[0])}   ({time.monotonic() - began:.0f} s)", flush=True)


main()
