"""The matrix products of an update alone: with this BLAS no training can be faster."""
import time

import numpy as np


def in_columns(W, A, Z):
    "A layer's products as (left, right, out), examples in columns: scores, gradient, back."
    return (W, A, Z), (Z, A.T, np.empty_like(W)), (W.T, Z, np.empty_like(A))


def in_rows(W, A, Z):
    "The same with one example in each row."
    return (A, W.T, Z), (Z.T, A, np.empty_like(W)), (Z, W, np.empty_like(A))


def products(task, layout):
    "All products of an update on arrays of their own; the examples need no way back."
    size, rng, found = task.job.batch_size or task.examples, np.random.default_rng(0), []

    def make(n):
        return rng.random((n, size) if layout is in_columns else (size, n), task.X.dtype)

    A = make(task.job.layers[0])
    for l, n in enumerate(task.job.layers[1:], start=1):
        Z = make(n)
        found += layout(task.start[f"W{l}"], A, Z)[:2 if l == 1 else 3]
        A = Z
    return found


def seconds(found, times):
    "How long the products take, so many times over."
    begin = time.perf_counter()
    for _ in range(times):
        for left, right, out in found:
            np.dot(left, right, out=out)
    return time.perf_counter() - begin


def train(task, updates, ready, order):
    "The products, as often as there are updates, in the faster layout; no parameters."
    layouts = [products(task, layout) for layout in (in_columns, in_rows)]
    trials = [min(seconds(found, 10) for _ in range(5)) for found in layouts]
    faster = layouts[int(np.argmin(trials))]
    ready()
    seconds(faster, updates)
