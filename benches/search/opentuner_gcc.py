#!/usr/bin/env python3
"""OpenTuner on the flags of gcc: the search that benches/search.sh holds hwtune against.

opentuner_gcc.py KERNEL.c BASE... -- OPENTUNER'S OPTIONS     prints the best flags it found, on one line

Each option of `gcc --help=optimizers` is on, off or left alone, each of some parameters has a number, and the level is drawn as
well, as in OpenTuner's own example. A build counts with the least time of some samples and only where it computes what the base does.
"""
import os
import re
import subprocess
import sys
import tempfile

from opentuner import ConfigurationManipulator, EnumParameter, IntegerParameter, MeasurementInterface, Result

HERE = os.path.dirname(os.path.abspath(__file__))
PROBES = os.path.join(HERE, "..", "..", "probes")
PARAMS = {
    "max-inline-insns-auto": (5, 200), "max-inline-insns-single": (20, 800), "inline-unit-growth": (10, 200),
    "max-unroll-times": (1, 64), "max-unrolled-insns": (20, 1000), "max-completely-peel-times": (2, 64),
    "max-rtl-if-conversion-unpredictable-cost": (0, 300), "predictable-branch-outcome": (0, 50),
}


def units(kernel):
    """The C files of a kernel, by the comment at its head."""
    text = open(kernel, encoding="utf-8").read().split("*/")[0]
    files = [kernel]
    for key in ("units", "setup"):
        found = re.search(rf"^{key} = \[(.*?)\]", text, re.M | re.S)
        files += [os.path.join(os.path.dirname(kernel), f) for f in re.findall(r'"(.*?)"', found.group(1) if found else "")]
    return files + [os.path.join(PROBES, "support.c"), os.path.join(HERE, "main.c")]


def options():
    text = subprocess.run(["gcc", "-O2", "-Q", "--help=optimizers"], capture_output=True, text=True, check=True).stdout
    return sorted(set(re.findall(r"^  (-f[a-z0-9-]+)\s+\[(?:enabled|disabled)\]", text, re.M)))


class Gcc(MeasurementInterface):
    kernel, base = "", []

    def __init__(self, args):
        super().__init__(args)
        self.folder = tempfile.mkdtemp()
        self.options = options()
        self.built = 0
        self.right = self.run_built(self.base)

    def manipulator(self):
        made = ConfigurationManipulator()
        made.add_parameter(EnumParameter("level", ["-O1", "-O2", "-O3"]))
        for option in self.options:
            made.add_parameter(EnumParameter(option, ["on", "off", "default"]))
        for name, (low, high) in PARAMS.items():
            made.add_parameter(EnumParameter(f"use {name}", ["yes", "no"]))
            made.add_parameter(IntegerParameter(name, low, high))
        return made

    def flags(self, chosen):
        flags = [chosen["level"]]
        for option in self.options:
            if chosen[option] != "default":
                flags.append(option if chosen[option] == "on" else option.replace("-f", "-fno-", 1))
        return flags + [f"--param={n}={chosen[n]}" for n in PARAMS if chosen[f"use {n}"] == "yes"]

    def run_built(self, flags):
        """Nanoseconds and checksum; None where it does not build or run."""
        self.built += 1
        program = os.path.join(self.folder, f"p{self.built}")
        try:
            subprocess.run(["gcc", "-I", PROBES, "-I", os.path.dirname(self.kernel), *flags, "-o", program, *units(self.kernel), "-lm"],
                           capture_output=True, timeout=60, check=True)
            said = subprocess.run([program, "5"], capture_output=True, text=True, timeout=20, check=True).stdout.split()
            return float(said[0]), said[1]
        except (subprocess.SubprocessError, IndexError, ValueError):
            return None
        finally:
            if os.path.exists(program):
                os.remove(program)

    def run(self, desired_result, input, limit):
        found = self.run_built(self.base + self.flags(desired_result.configuration.data))
        if found is None or self.right is None or found[1] != self.right[1]:
            return Result(state="ERROR", time=float("inf"))
        return Result(time=found[0] / 1e9)

    def save_final_config(self, configuration):
        print("best:", " ".join(self.flags(configuration.data)), flush=True)


if __name__ == "__main__":
    split = sys.argv.index("--")
    Gcc.kernel, Gcc.base = os.path.abspath(sys.argv[1]), sys.argv[2:split]
    sys.argv = [sys.argv[0], *sys.argv[split + 1:]]
    os.chdir(tempfile.mkdtemp())
    import argparse
    import opentuner
    Gcc.main(argparse.ArgumentParser(parents=opentuner.argparsers()).parse_args())
