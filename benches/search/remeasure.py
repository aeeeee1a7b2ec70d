"""Gains of sets of flags over the base, on fresh builds: programs in drawn orders of their files behind a pad of drawn length, base and
variants by turns. Nothing of hwtune takes part, so that no search is measured by its own clock."""
import math
import os
import random
import statistics
import subprocess
import tempfile

from opentuner_gcc import PROBES, units

LAYOUTS = 8
RUNS = 3


def build(kernel, flags, folder, draw, name):
    objects = []
    for number, unit in enumerate(units(kernel)):
        objects.append(os.path.join(folder, f"{name}-{number}.o"))
        # Inputs and the clock are built alike on all sides.
        ours = flags if number < len(units(kernel)) - 2 else flags[:1]
        subprocess.run(["gcc", "-c", "-I", PROBES, "-I", os.path.dirname(kernel), *ours, "-o", objects[-1], unit],
                       capture_output=True, check=True, timeout=120)
    pad = os.path.join(folder, f"{name}-pad.s")
    with open(pad, "w", encoding="utf-8") as file:
        file.write(f".text\n.skip {draw.randrange(1, 256) * 16}\n.section .note.GNU-stack\n")
    draw.shuffle(objects)
    program = os.path.join(folder, name)
    subprocess.run(["gcc", *flags, "-o", program, pad, *objects, "-lm"], capture_output=True, check=True, timeout=120)
    return program


def gains(kernel, base, sets, seed=1):
    """For each set the mean gain and its standard error; None where it does not build or computes something else."""
    seen = [[] for _ in sets]
    bad = set()
    for layout in range(LAYOUTS):
        with tempfile.TemporaryDirectory() as folder:
            programs = []
            for at, flags in enumerate([[], *sets]):
                try:
                    # The same draw for all: the same order and pad.
                    programs.append(build(kernel, base + flags, folder, random.Random(seed * 1000 + layout), f"p{at}"))
                except subprocess.SubprocessError:
                    programs.append(None)
                    bad.add(at - 1)
            times = [[] for _ in programs]
            sums = [None] * len(programs)
            order = [at for at, program in enumerate(programs) if program]
            for _ in range(RUNS):
                random.Random(seed + layout).shuffle(order)
                for at in order:
                    try:
                        said = subprocess.run([programs[at], "7"], capture_output=True, text=True, timeout=60, check=True).stdout.split()
                        times[at].append(float(said[0]))
                        sums[at] = said[1]
                    except (subprocess.SubprocessError, IndexError):
                        bad.add(at - 1)
            for at in range(1, len(programs)):
                if times[at] and sums[at] == sums[0]:
                    seen[at - 1].append(100 * math.log(min(times[0]) / min(times[at])))
                else:
                    bad.add(at - 1)
    mean = lambda all: (statistics.mean(all), statistics.stdev(all) / math.sqrt(len(all)))
    return [None if at in bad or len(all) < 2 else mean(all) for at, all in enumerate(seen)]
