#!/usr/bin/env python3
"""OpenTuner on the flags of gcc: the search that benches/search.sh holds hwtune against.

opentuner_gcc.py KERNEL.c BASE... -- OPENTUNER'S OPTIONS     prints the best flags it found, on one line

Each option of `gcc --help=optimizers` is on, off or left alone, each of some parameters has a number, and the level is drawn as
well, as in OpenTuner's own example. A build counts with the least time of some samples and only where it computes what the base does.
"""
import os
import sys
import tempfile

from opentuner import ConfigurationManipulator, EnumParameter, IntegerParameter, MeasurementInterface, Result

from others import PARAMS, Timed, off, options


class Gcc(MeasurementInterface):
    kernel, base = "", []

    def __init__(self, args):
        super().__init__(args)
        self.options = options()
        self.timed = Timed(self.kernel, self.base)

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
                flags.append(option if chosen[option] == "on" else off(option))
        return flags + [f"--param={n}={chosen[n]}" for n in PARAMS if chosen[f"use {n}"] == "yes"]

    def run(self, desired_result, input, limit):
        seconds = self.timed.seconds(self.flags(desired_result.configuration.data))
        return Result(state="ERROR" if seconds == float("inf") else "OK", time=seconds)

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
