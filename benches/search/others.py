"""Other searches over the flags of gcc for a time, beside hwtune's: drawn sets, and Combined Elimination. Both time as OpenTuner's
example does, the least of some samples of one build, and choose among the same options."""
import os
import random
import re
import subprocess
import tempfile
import time

from remeasure import PROBES, units

PARAMS = {
    "max-inline-insns-auto": (5, 200), "max-inline-insns-single": (20, 800), "inline-unit-growth": (10, 200),
    "max-unroll-times": (1, 64), "max-unrolled-insns": (20, 1000), "max-completely-peel-times": (2, 64),
    "max-rtl-if-conversion-unpredictable-cost": (0, 300), "predictable-branch-outcome": (0, 50),
}


def options():
    """The options of `gcc --help=optimizers` that are on or off."""
    text = subprocess.run(["gcc", "-O2", "-Q", "--help=optimizers"], capture_output=True, text=True, check=True).stdout
    return sorted(set(re.findall(r"^  (-f[a-z0-9-]+)\s+\[(?:enabled|disabled)\]", text, re.M)))


def off(option):
    return option.replace("-f", "-fno-", 1)


class Timed:
    """Builds a kernel under flags and times it."""

    def __init__(self, kernel, base):
        self.kernel, self.base, self.built = kernel, base, 0
        self.folder = tempfile.mkdtemp()
        self.right = self.run([])

    def run(self, flags):
        """Nanoseconds and checksum; None where it does not build or run."""
        self.built += 1
        program = os.path.join(self.folder, f"p{self.built}")
        try:
            subprocess.run(["gcc", "-I", PROBES, "-I", os.path.dirname(self.kernel), *self.base, *flags, "-o", program,
                            *units(self.kernel), "-lm"], capture_output=True, timeout=60, check=True)
            said = subprocess.run([program, "5"], capture_output=True, text=True, timeout=20, check=True).stdout.split()
            return float(said[0]), said[1]
        except (subprocess.SubprocessError, IndexError, ValueError):
            return None
        finally:
            if os.path.exists(program):
                os.remove(program)

    def seconds(self, flags):
        """Seconds of a call; infinite where it computes something else than the base."""
        found = self.run(flags)
        right = found is not None and self.right is not None and found[1] == self.right[1]
        return found[0] / 1e9 if right else float("inf")


def drawn(kernel, base, seconds, seed=1):
    """The fastest of the sets that fit into the time, each option on, off or left alone."""
    until, draw, timed, known = time.monotonic() + seconds, random.Random(seed), Timed(kernel, base), options()
    best = (timed.seconds([]), [])
    while time.monotonic() < until:
        flags = [draw.choice(["-O1", "-O2", "-O3"])]
        flags += [f for option in known if (f := draw.choice([option, off(option), None]))]
        flags += [f"--param={name}={draw.randint(*values)}" for name, values in PARAMS.items() if draw.random() < 0.5]
        best = min(best, (timed.seconds(flags), flags))
    return best[1]


def combined_elimination(kernel, base, seconds):
    """Pan and Eigenmann, "Fast and Effective Orchestration of Compiler Optimizations for Automatic Performance Tuning", CGO 2006:
    from all options on, those whose removal makes it faster go, the worst first, each tried again beside what is left."""
    until, timed, on = time.monotonic() + seconds, Timed(kernel, base), options()
    flags = lambda on, out: ["-O3", *on, *(off(o) for o in out)]
    out, now = [], timed.seconds(flags(on, []))
    while time.monotonic() < until:
        gains = []
        for option in on:
            if time.monotonic() >= until:
                break
            without = timed.seconds(flags([o for o in on if o != option], [*out, option]))
            if without < now:
                gains.append((without, option))
        if not gains:
            break
        for _, option in sorted(gains):
            without = timed.seconds(flags([o for o in on if o != option], [*out, option]))
            if without < now:
                on, out, now = [o for o in on if o != option], [*out, option], without
    return flags(on, out) if now < timed.seconds([]) else []
