"""Checks that all trainers reach the same parameters, then times them in turns."""
import gc
import sys
import time
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from tools.notebooks import Failure

OURS, REFERENCE, PRODUCTS = "nn_basics", "notes' loop", "matrix products alone"
TRAINERS = {                            # {name: (module of this package, what it needs)}
    OURS: ("ours", "numpy"),
    REFERENCE: ("notes", "numpy"),
    "PyTorch": ("with_torch", "torch"),
    "JAX": ("with_jax", "jax"),
    "scikit-learn": ("with_sklearn", "sklearn"),
}
TOLERANCE = {"float64": 1e-9, "float32": 1e-5}
LEAST, MOST = 3, 15                     # rounds


class Unable(Exception):
    "Raised by a trainer for a job that it cannot do; says why."


def trainers(job):
    "The trainers whose libraries are here, {name: train}, and the others, {name: why}."
    here, missing = {}, {}
    for name, (module, needs) in TRAINERS.items():
        if find_spec(needs) is None:
            missing[name] = f"{needs} is not installed"
        else:
            here[name] = import_module(f"tools.bench.{module}").train
    return here, missing


def distance(found, expected):
    "The largest difference, over an array's largest entry if that exceeds 1; inf for nan."
    if found.keys() != expected.keys():
        return np.inf
    if any(np.shape(found[key]) != np.shape(array) for key, array in expected.items()):
        return np.inf
    off = [np.abs(np.asarray(found[key]) - array).max() / max(1, np.abs(array).max())
           for key, array in expected.items()]
    return float(np.nan_to_num(max(off, key=lambda d: (np.isnan(d), d)), nan=np.inf))


def check(task, here, say=print):
    "Everyone's {name: {distance, or why it is not timed}}; raises if the package is off."
    small, found, updates = task.for_check(), {}, task.job.checked
    expected = here[REFERENCE](small, updates, lambda: None, small.order)
    for name, train in here.items():
        try:
            off = distance(train(small, updates, lambda: None, small.order), expected)
        except Unable as reason:
            found[name] = {"left out": str(reason)}
            continue
        found[name] = {"distance": off}
        if not off <= TOLERANCE[task.job.dtype]:
            found[name]["left out"] = (f"reaches other parameters: off by {off:.1e} "
                                       f"after {updates} updates")
        say(f"{task.job.key}: {name} reaches the {REFERENCE}'s parameters to {off:.1e}")
    if "left out" in found[OURS]:
        raise Failure(f"{task.job.key}: {OURS} {found[OURS]['left out']}")
    return found


def seconds(task, train, more=0):
    "The time of a training, or of an update after a set-up that swallows `more` of them."
    gc.collect()
    begin, ready = time.perf_counter(), []
    train(task, task.job.updates + more, lambda: ready.append(time.perf_counter()), None)
    end = time.perf_counter()
    return end - begin if task.job.whole else (end - ready[0]) / task.job.updates


def time_in_turns(task, here, budget, say=print):
    "All trainers' times, A B C A B C ..., for `budget` seconds, in LEAST to MOST rounds."
    for train in here.values():
        train(task, 1, lambda: None, None)
    times, begin = {name: [] for name in here}, time.perf_counter()
    for round in range(MOST):
        if round >= LEAST and time.perf_counter() - begin > budget:
            break
        for name, train in here.items():
            more = int(name == OURS and not task.job.whole)
            times[name].append(seconds(task, train, more))
        last = ", ".join(f"{name} {taken[-1]:.3g} s" for name, taken in times.items())
        say(f"{task.job.key}: round {round + 1}: {last}")
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
