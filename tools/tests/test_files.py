"Files stay whole: a sample of what `make torture` does, which sees files that do not."
import os
import signal

import h5py
import numpy as np
import pytest

from nn_basics import descent
from tools import torture
from tools.torture import KINDS, MODELS


def good(found, *verdicts):
    "Asserts that nothing bad was found, and each of these."
    assert not {name: found[name] for name in torture.BAD if found[name]}, found
    assert all(found[verdict] for verdict in verdicts), found


@pytest.mark.parametrize("name", KINDS)
def test_damage(name):
    every = {"data": 501}.get(name, 101)
    good(torture.damage(KINDS[name], torture.flips(every)), "refused")
    good(torture.damage(KINDS[name], torture.cuts(every // 2)), "refused")


@pytest.mark.parametrize("name", torture.writers())
def test_full_disks(name):
    good(torture.full_disk(*torture.writers()[name], 7), "refused", "written")


def test_full_file_systems(say):
    found = torture.tmpfs()
    if "refused" not in found:
        pytest.skip(", ".join(found))
    good(found, "refused", "written")


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_that_share(processes):
    good(torture.share(KINDS["net"], 0.3, processes), "whole")


def test_trainings_that_share():
    good(torture.share_training(0.3), "whole", "resumed")


@pytest.mark.parametrize("name", MODELS)
def test_kills(name):
    good(torture.kill_trainings(name, 3), "kills")


def test_kills_of_writers_and_interruptions():
    good(torture.kill_writers(KINDS["data"], 3), "kills", "whole")
    good(torture.interrupt("deep", 4), "interrupted")


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("what", ["callback", "progress"])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_functions_that_raise(name, what, error, tmp_path, monkeypatch):
    "They leave one file, from which it goes on, and the caller's settings."

    def fails(*_):
        np.seterr(all="raise")
        raise error

    class AtOnce(descent.Progress):
        "Tells whenever it may."

        def __call__(self, training):
            self.due = 0.0
            super().__call__(training)

    monkeypatch.setattr(descent, "Progress", AtOnce)
    path, before = tmp_path / "file.h5", np.geterr()
    with pytest.raises(error):
        MODELS[name](20, checkpoint=path, checkpoint_every=1, **{what: fails})
    monkeypatch.undo()
    assert np.geterr() == before
    good(torture.resumed(name, path), "resumed")


def plainly(path, numbers):
    "Writes where the old file is, as h5py does."
    with h5py.File(path, "w") as file:
        file.create_dataset("numbers", data=numbers)


def read_plainly(path):
    "Reads whatever is there."
    with h5py.File(path, "r") as file:
        return file["numbers"][()]


def numbers_of(number):
    return np.full(5000, number)


PLAIN = torture.Kind(plainly, read_plainly, numbers_of)
IN_PLACE = torture.Kind(
    lambda path, numbers: path.write_bytes(numbers.tobytes()),
    lambda path: np.frombuffer(path.read_bytes(), int),
    numbers_of,
)


def test_files_of_others_are_seen_to_suffer():
    assert torture.damage(PLAIN, torture.flips(4999))["silent"] > 5
    assert torture.damage(IN_PLACE, torture.cuts(999))["silent"] > 5
    old, new = (lambda path, n=n: IN_PLACE.write(path, numbers_of(n)) for n in range(2))
    assert torture.full_disk(old, new, 5)["lost"] > 2
    found = torture.share(IN_PLACE, 0.3)
    assert found["silent"] + found["lost"] > 0, found


def test_a_process_that_dies_is_counted():
    def judge(case):
        if case == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return {}["raw"] if case == 2 else "fine"

    assert torture.verdicts(judge, range(4)) == {"fine": 2, "crashed": 1, "raw": 1}
    assert torture.in_parallel(lambda n: {"fine": n}, [1, 2]) == {"fine": 3}
    said = torture.told("files", torture.Counter(fine=3), 1)
    assert said == "files: 3 fine, 0 silent, 0 crashed, 0 raw, 0 lost, 0 left (1 s)"
