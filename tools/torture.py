"""What is done to files in `make torture`, and how they come out of it.

Files are damaged bit by bit, disks are filled, processes share a path and are killed at any
moment. What is tried is counted, and what must not happen: `python -m tools.torture`."""

import argparse
import itertools
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from nn_basics.checkpoints import load_checkpoint, save_checkpoint
from nn_basics.data import load_dataset, save_dataset
from nn_basics.deep_net import L_layer_model
from nn_basics.logistic_regression import optimize
from nn_basics.saved_nets import load_parameters, save_parameters
from nn_basics.shallow_net import nn_model
from nn_basics.softmax import softmax_regression
from tools.notebooks import ROOT, Failure

# The verdicts on a case; of these a run must have none.
BAD = "silent", "crashed", "raw", "lost", "left"
WORKERS = os.cpu_count()


def same(one, other):
    "Whether two results hold the same numbers under the same names."
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and np.array_equal(one, other)


# ------------------------------------------------------------------ files


class Kind:
    "A kind of file: how it is written, other contents for it, and how it is read."

    def __init__(self, write, read, contents):
        self.write, self.read, self.contents = write, read, contents


def checkpoint_of(number, size=40):
    "A state with the parts that those of trainings have."
    rng = np.random.default_rng(number)
    return {
        "iteration": number,
        "parameters": {"W": rng.standard_normal((2, size)), "b": 0.1 + number},
        "generator": rng.bit_generator.state,
        "pass": None,
    }


def net_of(number):
    "The parameters of a net 3-4-1."
    rng = np.random.default_rng(number)
    shapes = {"W1": (4, 3), "b1": (4, 1), "W2": (1, 4), "b2": (1, 1)}
    return {key: rng.standard_normal(shape) for key, shape in shapes.items()}


def pictures_of(number, count=1):
    "A few pictures, labels and classes."
    rng = np.random.default_rng(number)
    images = rng.integers(0, 256, (count, 64, 64, 3), np.uint8)
    return images, np.ones((1, count), np.int64), np.array([b"non-cat", b"cat"])


def write_pictures(path, pictures):
    "As a file for training, with one for testing beside it."
    test = Path(f"{path}.test")
    if not test.exists():
        save_dataset(test, *pictures_of(99), "test")
    save_dataset(path, *pictures, "train")


def read_pictures(path):
    "The training file."
    images, labels, _, _, classes = load_dataset(path, f"{path}.test")
    return images, labels, classes


KINDS = {
    "checkpoint": Kind(save_checkpoint, load_checkpoint, checkpoint_of),
    "net": Kind(save_parameters, load_parameters, net_of),
    "data": Kind(write_pictures, read_pictures, pictures_of),
}


# --------------------------------------------------------------- children


def _judged(judge, cases, pipe):
    "The child's part: a letter for each case, the first of its verdict."
    for case in cases:
        try:
            verdict = judge(case)
        except Exception as error:
            verdict = "raw"
            print(f"{case}: {type(error).__name__}: {error}", file=sys.stderr)
        os.write(pipe, f"{verdict}\n".encode())


def fork(function, *arguments):
    "Runs a function in a child process, which then ends at once; returns its number."
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        function(*arguments)
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def verdicts(judge, cases):
    "Judges cases in a child; where that dies, the case is crashed, and another goes on."
    cases, found = list(cases), []
    while len(found) < len(cases):
        read, write = os.pipe()
        pid = fork(_judged, judge, cases[len(found):], write)
        os.close(write)
        with open(read) as pipe:
            found += pipe.read().split()
        os.waitpid(pid, 0)
        if len(found) < len(cases):
            found.append("crashed")
    return Counter(found)


def in_parallel(work, parts):
    "The sum of the counts that `work` gives for parts, a process for each."
    children = []
    for part in parts:
        read, write = os.pipe()

        def report(part=part, write=write):
            os.write(write, json.dumps(work(part)).encode())

        children.append((fork(report), read))
        os.close(write)
    total = Counter()
    for pid, read in children:
        with open(read) as pipe:
            said = pipe.read()
        total += Counter(json.loads(said) if said else {"crashed": 1})
        os.waitpid(pid, 0)
    return total


@contextmanager
def scratch():
    "A folder that is removed."
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


# ----------------------------------------------------------------- damage


def damage(kind, cases_of, part=0, parts=1):
    "Reads a file of a kind with each kind of damage that `cases_of` its bytes gives."
    with scratch() as folder:
        path, content = folder / "file.h5", kind.contents(1)
        kind.write(path, content)
        whole = path.read_bytes()

        def judge(case):
            with open(path, "r+b") as file:     # emptied first, it would go to the disk
                file.write(case(whole))
                file.truncate()
            try:
                found = kind.read(path)
            except (OSError, ValueError):
                return "refused"
            return "equal" if same(found, content) else "silent"

        cases = itertools.islice(cases_of(len(whole)), part, None, parts)
        return verdicts(judge, cases)


def flip(bit):
    "Changes one bit."

    def flipped(whole):
        other = bytearray(whole)
        other[bit // 8] ^= 1 << bit % 8
        return other

    return flipped


def flips(every=1):
    "One bit changed, every so many bits."
    return lambda size: map(flip, range(0, 8 * size, every))


def cuts(every=1):
    "The end cut off, every so many bytes."
    return lambda size: ((lambda whole, n=n: whole[:n]) for n in range(0, size, every))


def damage_in_parallel(kind, cases_of):
    "The same in a process for each core."
    return in_parallel(lambda part: damage(kind, cases_of, part, WORKERS), range(WORKERS))


# ------------------------------------------------------------- full disks


def train_small(path, iterations=3):
    "A training that keeps a checkpoint."
    X = np.arange(8.0).reshape(2, 4)
    L_layer_model(X, [[0, 1, 0, 1]], [2, 5, 1], 0.1, iterations, rng=1, checkpoint=path)


def state_of_folder(folder):
    "All that is in a folder: {name: bytes}."
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def judge_write(write, path, must_fail):
    "How a write comes out that may fail: as it was, an OSError that names the file."
    before = state_of_folder(path.parent)
    try:
        write(path)
        return "lost" if must_fail else "written"
    except OSError as error:
        named = error.errno and str(path) in str(error)
    after = state_of_folder(path.parent)
    if after.get(path.name) != before.get(path.name):
        return "lost"
    if after != before:
        return "left"
    return "refused" if named else "raw"


def limited(write, path, size):
    "Writes where no file of this process may grow beyond a size."
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def writers():
    "{name: (what makes the old file, what writes the new one)}."
    made = {
        name: (
            lambda path, kind=kind: kind.write(path, kind.contents(1)),
            lambda path, kind=kind: kind.write(path, kind.contents(2)),
        )
        for name, kind in KINDS.items()
    }
    return {**made, "training": (train_small, lambda path: train_small(path, 5))}


def full_disk(old, new, steps):
    "Full disks of sizes from 0 to what a file needs, one for each step."
    with scratch() as folder:
        path = folder / "file.h5"
        old(path)
        before = path.read_bytes()
        new(path)
        needed = path.stat().st_size
        path.write_bytes(before)

        def judge(size):
            path.write_bytes(before)
            return judge_write(
                lambda path: limited(new, path, size), path, must_fail=size < needed
            )

        sizes = np.linspace(0, needed, steps).astype(int).tolist()
        return verdicts(judge, sizes)


def full_folder(folder, room=2**16):
    "Full disks in a folder that has so much room: filled up to each possible page."
    found = Counter()
    for old, new in writers().values():
        path, ballast = folder / "file.h5", folder / "ballast"

        def judge(free):
            for name in folder.iterdir():
                name.unlink()
            old(path)
            with suppress(OSError), open(ballast, "wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
            os.truncate(ballast, max(0, ballast.stat().st_size - free))
            return judge_write(new, path, must_fail=not free)

        found += verdicts(judge, range(0, room // 2, 4096))
    return found


def tmpfs():
    "Full disks on a small file system in memory, where this user may mount one."
    with scratch() as folder:
        mount = f"mount -t tmpfs -o size=64k none '{folder}'"
        inside = f"'{sys.executable}' -m tools.torture --full-folder '{folder}'"
        command = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
        try:
            done = subprocess.run(
                [*command, f"{mount} && {inside}"], cwd=ROOT, capture_output=True, text=True
            )
        except OSError as error:
            return Counter({f"not run ({error.strerror})": 1})
    if done.returncode:
        return Counter({f"not run ({done.stderr.strip()[-80:]})": 1})
    return Counter(json.loads(done.stdout))


# -------------------------------------------------- processes that share


def until(deadline, work):
    "Repeats work, numbered from 0, until a point in time."
    for number in itertools.count():
        if time.monotonic() > deadline:
            return
        work(number)


def share(kind, seconds, processes=2):
    "Processes that write to one path, and this one, which reads what is there."
    with scratch() as folder:
        path, deadline = folder / "file.h5", time.monotonic() + seconds
        kind.write(path, kind.contents(0))
        children = [
            fork(until, deadline, lambda n: kind.write(path, kind.contents(n % 9)))
            for _ in range(processes)
        ]
        found = Counter(pairs=1)

        def look(_):
            found[look_at(kind, path)] += 1

        until(deadline, look)
        found["lost"] += sum(os.waitpid(pid, 0)[1] != 0 for pid in children)
        look(None)
        found["left"] += len(list(folder.glob("*.tmp")) + list(folder.glob(".*")))
        return found


def look_at(kind, path):
    "A whole file, of those that are written, or a loss."
    try:
        content = kind.read(path)
    except Exception as error:
        print(f"{path.name}: {type(error).__name__}: {error}", file=sys.stderr)
        return "lost" if isinstance(error, (OSError, ValueError)) else "raw"
    return "whole" if any(same(content, kind.contents(n)) for n in range(9)) else "silent"


def share_training(seconds, processes=2):
    "Processes that go on with one training, each as soon as it may."
    with scratch() as folder:
        path, deadline = folder / "file.h5", time.monotonic() + seconds
        MODELS["deep"](1, checkpoint=path)

        def go_on(_):
            with suppress(BlockingIOError, ValueError):     # another one is at it, or was
                reached = load_checkpoint(path)["iteration"]
                MODELS["deep"](reached + 5, checkpoint=path, checkpoint_every=1)

        children = [fork(until, deadline, go_on) for _ in range(processes)]
        found, reached = Counter(pairs=1), [1]

        def look(_):
            reached.append(load_checkpoint(path)["iteration"])
            found["whole" if reached[-1] >= reached[-2] else "lost"] += 1

        until(deadline, look)
        found["lost"] += sum(os.waitpid(pid, 0)[1] != 0 for pid in children)
        found["left"] += len(list(folder.iterdir())) - 1
        return found + resumed("deep", path)


# ------------------------------------------------------------------ kills


def _models():
    "The four models on small data, each (number of updates, **options) -> what it gives."
    rng = np.random.default_rng(0)
    X, w = rng.standard_normal((60, 40)), np.zeros((60, 1))
    Y, y = (X[:1] * X[1:2] > 0).astype(int), rng.integers(0, 3, (1, 40))
    usual = {"rng": 7, "batch_size": 16, "momentum": 0.9, "l2": 0.01, "span": True}

    def logistic(N, **more):
        return optimize(w, 0.0, X, Y, N, 0.02, **usual, **more)[::2]

    def softmax(N, **more):
        return softmax_regression(X, y, 3, N, 0.02, **usual, **more)

    def shallow(N, **more):
        options = {"learning_rate": 0.02, "return_history": True, **usual}
        return nn_model(X, Y, 5, N, **options, **more)

    def deep(N, **more):
        return L_layer_model(X, Y, [60, 8, 5, 1], 0.02, N, **usual, **more)

    return {"logistic": logistic, "softmax": softmax, "shallow": shallow, "deep": deep}


MODELS = _models()


def resumed(name, path):
    "Whether a training that goes on ends with the bits of one that was never stopped."
    further = load_checkpoint(path)["iteration"] + 7
    gone_on = MODELS[name](further, checkpoint=path)
    found = Counter(resumed=1)
    found["lost"] += not same(gone_on, MODELS[name](further))
    found["left"] += len(list(path.parent.iterdir())) - 1
    return found


def kill_after(seconds, function, *arguments):
    "Lets a function run in a process for a while, and kills that."
    read, write = os.pipe()

    def start():
        os.write(write, b"started")
        function(*arguments)

    pid = fork(start)
    os.read(read, 7)
    os.close(read)
    os.close(write)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1] == signal.SIGKILL


def kill_trainings(name, kills, seed=0):
    "Kills a training again and again, each time further on, and lets it go on."
    with scratch() as folder:
        path, reached, moments = folder / "file.h5", 0, random.Random(seed)
        found = Counter()
        train, options = MODELS[name], {"checkpoint": path, "checkpoint_every": 1}
        for _ in range(kills):
            seconds = moments.uniform(0, 0.1)
            killed = kill_after(seconds, lambda: train(10**9, **options))
            found["kills" if killed else "crashed"] += 1
            if not path.exists() and not reached:
                continue
            try:
                now = load_checkpoint(path)["iteration"]
            except (OSError, ValueError) as error:
                print(f"{path.name}: {error}", file=sys.stderr)
                return found + Counter(lost=1)
            found["lost"] += now < reached
            found += resumed(name, path)
            reached = now
        return found


def kill_writers(kind, kills, seed=0):
    "Kills a process that writes one file again and again."
    with scratch() as folder:
        path, moments, found = folder / "file.h5", random.Random(seed), Counter()
        kind.write(path, kind.contents(0))

        def write_on():
            until(time.monotonic() + 9, lambda n: kind.write(path, kind.contents(n % 9)))

        for _ in range(kills):
            killed = kill_after(moments.uniform(0, 0.05), write_on)
            found["kills" if killed else "crashed"] += 1
            found[look_at(kind, path)] += 1
        return found


def interrupt(name, times, seed=0):
    "Presses the key at any moment of a training that keeps a checkpoint."
    with scratch() as folder:
        path, moments = folder / "file.h5", random.Random(seed)
        MODELS[name](1, checkpoint=path)
        settings = np.geterr()

        def pressed(*_):
            raise KeyboardInterrupt

        def judge(seconds):
            signal.signal(signal.SIGALRM, pressed)
            with suppress(KeyboardInterrupt):       # again, if a weak reference ate it
                signal.setitimer(signal.ITIMER_REAL, seconds, 0.3)
                MODELS[name](10**9, checkpoint=path, checkpoint_every=1)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if len(list(folder.iterdir())) > 1 or np.geterr() != settings:
                return "left"
            return "lost" if resumed(name, path)["lost"] else "interrupted"

        return verdicts(judge, [moments.uniform(1e-4, 0.05) for _ in range(times)])


# ------------------------------------------------------------------- runs


def parts():
    "All that `make torture` does: {what: a function that gives the counts}."
    for name, kind in KINDS.items():
        for what, cases in ("flipped in any bit", flips()), ("cut anywhere", cuts()):
            yield f"a {name} {what}", lambda k=kind, c=cases: damage_in_parallel(k, c)
    for name, (old, new) in writers().items():
        yield (f"full disks, a {name} written", lambda o=old, n=new: full_disk(o, n, 50))
    yield "full disks of 64 kB (tmpfs)", tmpfs
    for name, kind in KINDS.items():
        yield (
            f"two processes write a {name} for a second",
            lambda k=kind: sum((share(k, 1) for _ in range(12)), Counter()),
        )
    yield (
        "two processes train on one checkpoint for a second",
        lambda: sum((share_training(1) for _ in range(24)), Counter()),
    )
    yield "four processes write a checkpoint", lambda: share(KINDS["checkpoint"], 5, 4)
    yield "two processes write a checkpoint for ten", lambda: share(KINDS["checkpoint"], 10)
    yield "four processes train on one checkpoint", lambda: share_training(5, 4)
    for name in MODELS:
        yield f"trainings killed, {name}", lambda n=name: kill_trainings(n, 80)
    for name, kind in KINDS.items():
        yield f"writing a {name} killed", lambda k=kind: kill_writers(k, 20)
    yield (
        "trainings interrupted",
        lambda: in_parallel(lambda name: interrupt(name, 60), MODELS),
    )


def told(what, found, seconds):
    "Counts in one line."
    counts = {**found, **{bad: found[bad] for bad in BAD}}
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{what}: {listed} ({seconds:.0f} s)"


def run():
    "Does all of it, tells the counts, and raises if there is anything bad."
    total = Counter()
    for what, work in parts():
        start = time.monotonic()
        found = work()
        print(told(what, found, time.monotonic() - start), flush=True)
        total += found
    if bad := [f"{total[name]} {name}" for name in BAD if total[name]]:
        raise Failure(", ".join(bad))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full-folder", type=Path, help=argparse.SUPPRESS)
    if folder := parser.parse_args().full_folder:
        print(json.dumps(full_folder(folder)))
    else:
        run()
