"""Checks that all trainers reach the same parameters, then times them in turns."""
import gc
import sys
import time
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from tools.notebooks import Failure

OURS, REFERENCE, PRODUCTS = "nn_basics", "notes' loop", "matrix products alone"
TRAINERS = {OURS: ("ours", "numpy"), REFERENCE: ("notes", "numpy"), "PyTorch": ("with_torch", "torch"), "JAX": ("with_jax", "jax"),
            "scikit-learn": ("with_sklearn", "sklearn")}                        # {name: (module of this package, what it needs)}
TOLERANCE = {"float64": 1e-9, "float32": 1e-5}
LEAST, MOST = 3, 15                                                             # rounds


class Unable(Exception):
    "Raised by a trainer for a job that it cannot do; says why."


def trainers(job):
    "The trainers whose libraries are here: {name: train}; and those that are not: {name: why}."
    missing = {name: f"{needs} is not installed" for name, (_, needs) in TRAINERS.items() if find_spec(needs) is None}
    here = {name: import_module(f"tools.bench.{module}").train for name, (module, _) in TRAINERS.items() if name not in missing}
    return here, missing


def distance(found, expected):
    "The largest difference of two parameters, over the largest entry of the expected array where that exceeds 1; nan counts as infinite."
    if found.keys() != expected.keys() or any(np.shape(found[key]) != np.shape(expected[key]) for key in expected):
        return np.inf
    off = [np.abs(np.asarray(found[key]) - expected[key]).max() / max(1, np.abs(expected[key]).max()) for key in expected]
    return float(np.nan_to_num(max(off, key=lambda d: (np.isnan(d), d)), nan=np.inf))


def check(task, here, say=print):
    "Trains with everyone for a while; gives {name: {distance, or why it is not timed}}, and raises if the package itself is off."
    small, found = task.for_check(), {}
    expected = here[REFERENCE](small, task.job.checked, lambda: None, small.order)
    for name, train in here.items():
        try:
            off = distance(train(small, task.job.checked, lambda: None, small.order), expected)
        except Unable as reason:
            found[name] = {"left out": str(reason)}
            continue
        found[name] = {"distance": off}
        if not off <= TOLERANCE[task.job.dtype]:
            found[name]["left out"] = f"reaches other parameters: off by {off:.1e} after {task.job.checked} updates"
        say(f"{task.job.key}: {name} reaches the parameters of the {REFERENCE} to {off:.1e}")
    if "left out" in found[OURS]:
        raise Failure(f"{task.job.key}: {OURS} {found[OURS]['left out']}")
    return found


def seconds(task, train, more=0):
    "The time of one training: all of it, or an update's share of what follows the set-up, and as many more updates as that swallows."
    gc.collect()
    begin, ready = time.perf_counter(), []
    train(task, task.job.updates + more, lambda: ready.append(time.perf_counter()), None)
    end = time.perf_counter()
    return end - begin if task.job.whole else (end - ready[0]) / task.job.updates


def time_in_turns(task, here, budget, say=print):
    "The times of all trainers, A B C A B C ..., until `budget` seconds are over, but in LEAST to MOST rounds: {name: list}."
    for train in here.values():
        train(task, 1, lambda: None, None)
    times, begin = {name: [] for name in here}, time.perf_counter()
    for round in range(MOST):
        if round >= LEAST and time.perf_counter() - begin > budget:
            break
        for name, train in here.items():
            times[name].append(seconds(task, train, more=int(name == OURS and not task.job.whole)))
        say(f"{task.job.key}: round {round + 1}: " + ", ".join(f"{name} {taken[-1]:.3g} s" for name, taken in times.items()))
    return times


def summary(times):
    "Median, quartiles and number of times."
    low, median, high = np.quantile(times, [0.25, 0.5, 0.75]).tolist()
    return {"median": median, "quartiles": [low, high], "repeats": len(times)}


def measure(task, budget, say=print):
    "A job's results: {name: median, quartiles, repeats, distance; or why it is left out}."
    here, missing = trainers(task.job)
    results = check(task, here, say)
    timed = {name: train for name, train in here.items() if "left out" not in results[name]}
    if task.job.products:
        timed[PRODUCTS] = import_module("tools.bench.products").train
    for name, times in time_in_turns(task, timed, budget, say).items():
        results[name] = {**results.get(name, {}), **summary(times)}
    return results | {name: {"left out": why} for name, why in missing.items()}


def say(line):
    "Tells how far the benchmark is."
    print(line, file=sys.stderr, flush=True)
