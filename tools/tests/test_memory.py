"Training from a file twenty times as large as its process's memory, killed on the way."
import os
import shutil
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

from nn_basics.descent import load_checkpoint
from tools.notebooks import ROOT

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="limits a process as Linux does"
)
ALLOWED = 112 * 2**20
FEATURES, EXAMPLES = 1000, 20 * ALLOWED // 4000 + 1
CHILD = f"""
import itertools, resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({ALLOWED}, {ALLOWED}))
import numpy as np
from nn_basics import checkpoints, deep_net
from nn_basics.stored import Stored
ticks = itertools.count(step=0.1)
checkpoints.Saver.clock = staticmethod(lambda: next(ticks))
data, checkpoint, result, size = sys.argv[1:]
with Stored(data, "x", block_size=500) as X, Stored(data, "y") as Y:
    learned, history = deep_net.L_layer_model(
        X, Y, [{FEATURES}, 4, 1], 0.1, num_iterations=600 if int(size) else 1, rng=1,
        batch_size=int(size) or None, record_every=10**6 if int(size) else 1,
        checkpoint=checkpoint or None, return_history=True)
np.savez(result, *learned.values(), costs=history["costs"])
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    "A file of 20 times ALLOWED, of real bytes."
    path = tmp_path_factory.mktemp("data") / "large.h5"
    if shutil.disk_usage(path.parent).free < 2 * 20 * ALLOWED:
        pytest.skip("the disk has no room for the file")
    block = np.random.default_rng(0).standard_normal((4000, FEATURES), np.float32)
    with h5py.File(path, "w") as file:
        x = file.create_dataset("x", (EXAMPLES, FEATURES), np.float32)
        for start in range(0, EXAMPLES, len(block)):
            x[start:start + len(block)] = block[:EXAMPLES - start]
        file["y"] = (np.arange(EXAMPLES) % 4000 < 1700).astype(np.int8)
    assert path.stat().st_size > 20 * ALLOWED
    yield path
    path.unlink()


def start(data, checkpoint, result, size):
    "The training in a process of its own."
    variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, data, checkpoint, result, str(size)]
    return subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)


def finish(child):
    "Waits for the end, which must be a good one."
    errors = child.communicate()[1]
    assert child.returncode == 0, errors


def under_way(checkpoint, batches):
    "Whether the training is in the middle of a pass or an epoch."
    if not checkpoint.exists():
        return False
    state = load_checkpoint(checkpoint)
    return state["iteration"] > 100 if batches else state["pass"] is not None


@pytest.mark.parametrize("size", [0, 64])
def test_a_file_larger_than_memory_and_a_kill(data, tmp_path, size):
    straight, resumed = tmp_path / "straight.npz", tmp_path / "resumed.npz"
    checkpoint = tmp_path / "training.h5"
    finish(start(data, "", straight, size))
    child = start(data, checkpoint, resumed, size)
    while child.poll() is None and not under_way(checkpoint, size):
        time.sleep(0.02)
    child.kill()
    assert child.wait() != 0 and not resumed.exists()
    finish(start(data, checkpoint, resumed, size))
    with np.load(straight) as expected, np.load(resumed) as found:
        for key in expected:
            np.testing.assert_array_equal(found[key], expected[key], strict=True)


def test_the_limit_is_one(data, tmp_path):
    "The file as a whole does not fit."
    code = CHILD.replace('(data, "x", block_size=500)', '(data, "x", block_size=10**9)')
    command = [sys.executable, "-c", code, data, "", tmp_path / "none.npz", "0"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.run(command, env=variables, capture_output=True, text=True)
    assert child.returncode != 0 and "MemoryError" in child.stderr
