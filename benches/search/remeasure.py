"""Gains of sets of flags over the base, on fresh builds: shared objects in drawn orders of their parts behind a pad of drawn length,
timed by turns in one process. Nothing of hwtune takes part, so that no search is measured by its own clock."""
import os
import random
import re
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROBES = os.path.join(HERE, "..", "..", "probes")
LAYOUTS = 32


def units(kernel):
    """The C files of a kernel, by the comment at its head; last the support and the clock."""
    with open(kernel, encoding="utf-8") as file:
        text = file.read().split("*/")[0]
    files = [kernel]
    for key in ("units", "setup"):
        found = re.search(rf"^{key} = \[(.*?)\]", text, re.M | re.S)
        files += [os.path.join(os.path.dirname(kernel), f) for f in re.findall(r'"(.*?)"', found.group(1) if found else "")]
    return files + [os.path.join(PROBES, "support.c"), os.path.join(HERE, "main.c")]


def compiled(kernel, flags, folder, name):
    """The objects of a kernel under some flags; what makes the inputs is built alike on all sides."""
    objects, parts = [], units(kernel)[:-1]
    for number, unit in enumerate(parts):
        objects.append(os.path.join(folder, f"{name}-{number}.o"))
        ours = flags if number < len(parts) - 1 else flags[:1]
        subprocess.run(["gcc", "-c", "-fPIC", "-I", PROBES, "-I", os.path.dirname(kernel), *ours, "-o", objects[-1], unit],
                       capture_output=True, check=True, timeout=120)
    return objects


def linked(objects, flags, folder, draw, name):
    """A shared object of some objects in a drawn order behind a pad of drawn length."""
    pad = os.path.join(folder, f"{name}-pad.s")
    with open(pad, "w", encoding="utf-8") as file:
        file.write(f".text\n.skip {draw.randrange(1, 256) * 16}\n.section .note.GNU-stack\n")
    shared = os.path.join(folder, f"{name}.so")
    subprocess.run(["gcc", "-shared", "-Wl,-Bsymbolic", *flags, "-o", shared, pad, *draw.sample(objects, len(objects)), "-lm"],
                   capture_output=True, check=True, timeout=120)
    return shared


def gains(kernel, base, sets, seed=1):
    """For each set its gain in each layout; `None` where it does not build or run, or computes something else."""
    all_sets, seen = [[], *sets], [[] for _ in sets]
    with tempfile.TemporaryDirectory() as folder:
        timer = os.path.join(folder, "sides")
        subprocess.run(["gcc", "-O2", "-o", timer, os.path.join(HERE, "sides.c"), "-ldl", "-lm"], check=True)
        built = {}
        for at, flags in enumerate(all_sets):
            try:
                built[at] = compiled(kernel, base + flags, folder, f"p{at}")
            except subprocess.SubprocessError:
                pass
        for layout in range(LAYOUTS):
            # The same draw for all: the same order and pad.
            draw = lambda: random.Random(seed * 1000 + layout)
            shared = [linked(objects, base + all_sets[at], folder, draw(), f"p{at}") for at, objects in built.items()]
            said = subprocess.run([timer, str(seed * 1000 + layout), *shared], capture_output=True, text=True, timeout=300, check=True)
            lines = [line.split() for line in said.stdout.splitlines()]
            for at, (effect, checksum) in list(zip(built, lines)):
                if checksum != lines[0][1]:
                    del built[at]
                elif at > 0:
                    seen[at - 1].append(float(effect))
    return [all if at + 1 in built else None for at, all in enumerate(seen)]


def mean(layouts):
    """The mean and its standard error."""
    return statistics.mean(layouts), statistics.stdev(layouts) / len(layouts) ** 0.5
