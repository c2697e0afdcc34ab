"""What is trained: the jobs, their data, and where each training starts."""
import atexit
import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from nn_basics.arguments import is_stored
from nn_basics.batches import Batches
from nn_basics.data import (
    flatten,
    load_dataset,
    load_digits,
    load_planar_dataset,
    standardize,
)
from nn_basics.deep_net import initialize_parameters_deep
from nn_basics.stored import Stored

SEED = 1


@dataclass(frozen=True)
class Job:
    "One training, the same for everyone."
    key: str
    group: str
    title: str
    data: str                       # a key of DATA
    model: str                      # a key of ours.MODELS
    layers: tuple                   # sizes, the number of features first
    learning_rate: float
    updates: int                    # timed
    hidden: str = "relu"
    output: str = "sigmoid"
    scale: float | str = 0.01       # of the weights to start from
    dtype: str = "float64"
    batch_size: int | None = None
    record_every: int | None = None   # None: once
    whole: bool = False             # timed with its set-up; else per update, without
    checked: int = 300              # updates after which the parameters are compared
    products: bool = False          # whether the matrix products alone are timed as well
    block_size: int | None = None   # for examples in a file: how many are read together


@dataclass(frozen=True)
class Task:
    "A job with its data."
    job: Job
    X: np.ndarray | Stored          # n_x, m
    Y: np.ndarray                   # 1, m

    @cached_property
    def start(self):
        "The parameters to start from, in the type of X."
        drawn = initialize_parameters_deep(self.job.layers, scale=self.job.scale, rng=SEED)
        return {key: value.astype(self.X.dtype) for key, value in drawn.items()}

    @property
    def examples(self):
        "The number m of examples."
        return self.X.shape[1]

    @property
    def order(self):
        "The examples' order in the package's first epoch with SEED; None without batches."
        if self.job.batch_size is None:
            return None
        return self.shuffled(np.random.default_rng(SEED))

    def shuffled(self, rng):
        "The examples in random order, those of a file block by block."
        if not is_stored(self.X):
            return rng.permutation(self.examples)
        batches = Batches(self.examples, self.job.batch_size, rng, self.X.block_size)
        return np.concatenate([batches.take()[0] for _ in range(batches.count)])

    def for_check(self):
        "With batches, the examples of the checked updates only."
        if is_stored(self.X):
            return self                 # a file holds whole batches only
        # no batch may be shorter than the others: the package weights such a one
        size = self.job.batch_size
        n = size * self.job.checked if size else self.examples
        return Task(self.job, self.X[:, :n], self.Y[:, :n])


def cats(folder=None):
    "Cat pictures (12288, 209) and labels, of a folder's HDF5 files or the built-in ones."
    names = () if folder is None else ("train_catvnoncat.h5", "test_catvnoncat.h5")
    train_x, train_y = load_dataset(*(Path(folder) / name for name in names))[:2]
    return standardize(flatten(train_x)), train_y


def enlarged_digits(m=60_000):
    "The digits (784, m) in float32, enlarged to 28 by 28, with noise, and their classes."
    (pixels, y), rng = load_digits(), np.random.default_rng(SEED)
    chosen, side = rng.integers(y.size, size=m), np.arange(28) * 8 // 28
    near = (side[:, None] * 8 + side).ravel()                                   # 784
    X = pixels.T.astype(np.float32)[:, near][chosen]                            # m, 784
    X += np.float32(0.1) * rng.standard_normal(X.shape, dtype=np.float32)
    return X.T, y[:, chosen]


def in_a_file(X, block_size):
    "The examples in a temporary HDF5 file, read in blocks."
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "examples.h5"
    with h5py.File(path, "w") as file:
        file["x"] = X.T
    return Stored(path, "x", block_size=block_size)


DATA = {
    "cats": cats,
    "flower": lambda folder: load_planar_dataset(),
    "digits": lambda folder: load_digits(),
    "enlarged digits": lambda folder: enlarged_digits(),
    "digits for a file": lambda folder: enlarged_digits(61_440),
}

CATS, FULL, BATCHES = "cats", "full batch", "mini-batches"
NET = Job("batches of 64", BATCHES, "784-128-10, mini-batches of 64", "enlarged digits",
          "deep", (784, 128, 10), 0.01, 938, output="softmax", scale="he", dtype="float32",
          batch_size=64, checked=50, products=True)
JOBS = (
    Job("logistic regression", CATS, "Logistic regression", "cats",
        "logistic", (12288, 1), 0.005, 2000, scale=0, whole=True),
    Job("two layers", CATS, "Two layers, [12288, 7, 1]", "cats",
        "two layers", (12288, 7, 1), 0.0075, 2500, whole=True),
    Job("four layers", CATS, "Four layers, [12288, 20, 7, 5, 1]", "cats",
        "deep", (12288, 20, 7, 5, 1), 0.0075, 2500, scale="1/sqrt(n)", whole=True),
    Job("shallow net", CATS, "Shallow net, [12288, 4, 1]", "cats",
        "shallow", (12288, 4, 1), 0.0075, 2500, hidden="tanh", whole=True),
    Job("softmax regression", CATS, "Softmax regression, [12288, 2]", "cats",
        "softmax", (12288, 2), 0.0025, 2000, output="softmax", scale=0, whole=True),
    Job("flower", FULL, "The flower, [2, 4, 1], 400 examples", "flower",
        "shallow", (2, 4, 1), 1.2, 3000, hidden="tanh", record_every=1000),
    Job("digits", FULL, "Softmax regression, [64, 10], 1797 examples", "digits",
        "softmax", (64, 10), 0.5, 1000, output="softmax"),
    NET,
    replace(NET, key="batches of 1024", title="784-128-10, mini-batches of 1024",
            batch_size=1024, updates=59),
    replace(NET, key="from a file", data="digits for a file", updates=960, block_size=7_680,
            title="784-128-10, mini-batches of 64 from an HDF5 file"),
)


def prepare(job, folder=None):
    "A job with its data, in its type."
    X, Y = DATA[job.data](folder)
    X = X.astype(job.dtype, copy=False)
    return Task(job, in_a_file(X, job.block_size) if job.block_size else X, Y)
