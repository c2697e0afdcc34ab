"""The kinds of machine on which notebooks must show the same; how this one acts as each.

A kind that cannot be had here, or a switch that changes nothing, never passes."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache, partial

from tools import perturbation
from tools.notebooks import ROOT, Failure, Runner
from tools.wheel import environment, install

OLDEST, OLDEST_NUMPY = ROOT / "_build" / "oldest", "2.0.0"
PERTURBATION = "1e-12"
PROBE = """
import json, locale, numpy, threadpoolctl
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from tools import perturbation
locale.setlocale(locale.LC_ALL, "")
perturbation.install()
on = [name for name in __cpu_features__ if __cpu_features__[name]]
pools = threadpoolctl.threadpool_info()
blas = [pool["num_threads"] for pool in pools if pool["user_api"] == "blas"]
print(json.dumps({
    "numpy": numpy.__version__, "normal": numpy.random.default_rng(0).standard_normal(),
    "features": on, "paths": [name for name in __cpu_dispatch__ if name in on],
    "threads": max(blas, default=0), "point": locale.localeconv()["decimal_point"]}))
"""
# OpenBLAS's kernels, and what it calls each where it tells which one it has taken.
KERNELS = {
    "Prescott": ("Prescott", "Katmai"),
    "Sandybridge": ("Sandybridge",),
    "Haswell": ("Haswell", "Zen"),
    "SkylakeX": ("SkylakeX",),
}
AVX512 = "X86_V4", "AVX512"  # how NumPy's names for these paths begin
AVX2 = "X86_V3", "AVX2", "FMA3", *AVX512


class NotRun(Exception):
    "Why this machine cannot act as a kind."


@dataclass
class Machine:
    "How notebooks are run so that this machine acts as another."

    environment: dict = field(default_factory=dict)
    threads: int = 1
    python: str = sys.executable

    def runner(self):
        "Runs notebooks on it."
        return Runner(self.environment, self.threads, self.python)

    def probe(self):
        "What Python computes with on it."
        return probe(self.python, self.threads, *self.environment.items())


@cache
def probe(python, threads, *variables):
    "What a Python process with these variables computes with, as a dict."
    environment = os.environ | {
        "OPENBLAS_VERBOSE": "2",
        "OPENBLAS_NUM_THREADS": str(threads),
    }
    run = subprocess.run(
        [python, "-c", PROBE],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment | dict(variables),
    )
    if run.returncode:
        raise NotRun(f"NumPy does not start: {run.stderr.strip()[-200:]}")
    told = [
        line.partition(":")[2].strip()
        for line in run.stderr.splitlines()
        if line.startswith("Core:")
    ]
    return {**json.loads(run.stdout), "kernel": told[-1] if told else None}


def kernel(name):
    "Another kernel of OpenBLAS."
    here, machine = Machine().probe(), Machine({"OPENBLAS_CORETYPE": name})
    if here["kernel"] is None:
        raise NotRun(
            "NumPy computes without OpenBLAS here, or with one that has a single kernel"
        )
    if name == "SkylakeX" and not any(
        feature.startswith(AVX512) for feature in here["features"]
    ):
        raise NotRun("this processor has no AVX-512")
    if here["kernel"] in KERNELS[name]:
        raise NotRun("it is this machine's own kernel, with which `make test` runs")
    if (taken := machine.probe()["kernel"]) not in KERNELS[name]:
        raise NotRun(f"OpenBLAS takes {taken} in its place")
    return machine


def without_paths(beginnings):
    "NumPy without its paths for some instructions."
    paths = [name for name in Machine().probe()["paths"] if name.startswith(beginnings)]
    if not paths:
        raise NotRun("NumPy has no such path on this processor")
    machine = Machine({"NPY_DISABLE_CPU_FEATURES": " ".join(paths)})
    if still := set(paths) & set(machine.probe()["features"]):
        raise NotRun(f"NumPy keeps {', '.join(sorted(still))}")
    return machine


def two_threads():
    "BLAS in two threads."
    machine = Machine(threads=2)
    if (threads := machine.probe()["threads"]) != 2:
        raise NotRun(f"BLAS takes {threads} threads")
    return machine


def oldest_numpy():
    "The oldest NumPy promised."
    python = OLDEST / "bin" / "python"
    if not python.exists():
        told = OLDEST / "why.txt"
        raise NotRun(
            told.read_text(encoding="utf-8") if told.exists() else "run make portable"
        )
    machine = Machine(python=str(python))
    if (version := machine.probe()["numpy"]) != OLDEST_NUMPY:
        raise NotRun(f"{OLDEST.relative_to(ROOT)} has NumPy {version}")
    return machine


def perturbed():
    "Starts and pictures moved by a trifle; only what the cells show is then looked at."
    machine = Machine({perturbation.VARIABLE: PERTURBATION})
    if machine.probe()["normal"] == Machine().probe()["normal"]:
        raise NotRun("the numbers are not moved")
    return machine


def strict():
    "RuntimeWarnings as errors, and the locale C."
    return Machine({"PYTHONWARNINGS": "error::RuntimeWarning", "LC_ALL": "C", "LANG": "C"})


def comma():
    "A locale with a comma before the decimals."
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    for name in sorted(listed):
        ask = ["locale", "decimal_point"]
        told = subprocess.run(ask, env={"LC_ALL": name}, capture_output=True, text=True)
        machine = Machine({"LC_ALL": name})
        if told.stdout.strip() == "," and machine.probe()["point"] == ",":
            return machine
    raise NotRun("no such locale is installed")


KINDS = {
    **{name: partial(kernel, name) for name in KERNELS},
    "no AVX-512": partial(without_paths, AVX512),
    "no AVX2": partial(without_paths, AVX2),
    "two threads": two_threads,
    "oldest NumPy": oldest_numpy,
    "perturbed": perturbed,
}
CONDITIONS = {"strict": strict, "comma": comma}


def prepare():
    "Makes the environment of the oldest NumPy, or writes down why it cannot be had."
    stamp, wanted = (ROOT / "settings.ini").read_bytes(), f"numpy=={OLDEST_NUMPY}"
    ready = OLDEST / "settings.ini"
    if ready.exists() and ready.read_bytes() == stamp:
        return
    shutil.rmtree(OLDEST, ignore_errors=True)
    try:
        python = environment(OLDEST)
        install(python, "--only-binary=numpy", wanted, "--editable", ".[notebooks]")
        ready.write_bytes(stamp)
    except Failure as failure:
        shutil.rmtree(OLDEST)
        OLDEST.mkdir()
        errors = [line for line in str(failure).splitlines() if line.startswith("ERROR")]
        told = f"{wanted} does not install: {' '.join(errors)}"
        (OLDEST / "why.txt").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    prepare()
