"Files that are something else, each really made, and what is said of them."
import errno
import os
import subprocess
import sys
import tracemalloc
import zlib
from unittest.mock import patch

import h5py
import numpy as np
import pytest

from nn_basics.data import load_dataset, save_dataset
from nn_basics.images import resize_picture
from nn_basics.stored import Stored

PICTURES = np.full((3, 64, 64, 3), 7, np.uint8)
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 2572022\n"
PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"
WRITER = """
import h5py, os, sys, time
file = h5py.File(sys.argv[1], "a", libver=sys.argv[2])
file["more"] = 1.0
file.flush()
print("open", flush=True)
{end}
"""


def plain(path, **entries):
    "A file of the data set as others write it, with other entries, or none."
    contents = {"train_set_x": PICTURES, "train_set_y": [0, 1, 0],
                "list_classes": [b"non-cat", b"cat"]} | entries
    with h5py.File(path, "w") as file:
        for name, entry in contents.items():
            if callable(entry):
                entry(file, name)
            elif entry is not None:
                file[name] = entry


def entry(make):
    "A file whose pictures are made by `make(file, name)`."
    return lambda path: plain(path, train_set_x=make)


def content(change):
    "A file whose bytes have been changed."
    def write(path):
        save_dataset(path, PICTURES, [[0, 1, 0]], ["non-cat", "cat"], "train")
        path.write_bytes(change(path.read_bytes()))
    return write


def filtered(file, name):
    "A dataset packed by a filter that no HDF5 has by itself: blosc."
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_chunk(PICTURES.shape)
    settings.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, ())
    space = h5py.h5s.create_simple(PICTURES.shape)
    h5py.h5d.create(file.id, name.encode(), h5py.h5t.STD_U8LE, space, settings)


def packed(path):
    "64 GB of zeros, packed and all there."
    m, rows = 2**36 // 12288, 2**14
    chunk = zlib.compress(bytes(rows * 12288), 1)

    def pictures(file, name):
        x = file.create_dataset(name, (m, 64, 64, 3), np.uint8,
                                chunks=(rows, 64, 64, 3), compression=1)
        for start in range(0, m, rows):
            x.id.write_direct_chunk((start, 0, 0, 0), chunk)
    plain(path, train_set_x=pictures, train_set_y=np.zeros(m, np.int8))


def one_large_chunk(path):
    "Three pictures in a chunk that is made for many more."
    plain(path, train_set_x=lambda file, name: file.create_dataset(
        name, data=PICTURES, chunks=(2**14, 64, 64, 3), maxshape=(None, 64, 64, 3),
        compression=1))


def in_another_file(file, name):
    "Numbers that lie in a file beside this one."
    outside = file.filename + ".raw"
    PICTURES.tofile(outside)
    file.create_dataset(name, PICTURES.shape, np.uint8,
                        external=[(outside, 0, PICTURES.nbytes)])


def virtual(file, name):
    "A dataset put together of another file's."
    layout = h5py.VirtualLayout(PICTURES.shape, np.uint8)
    layout[:] = h5py.VirtualSource("other.h5", "x", PICTURES.shape)
    file.create_virtual_dataset(name, layout)


def times(file, name):
    "Numbers of a type that NumPy has not."
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file.id, name.encode(), h5py.h5t.UNIX_D32LE, space)


def linked(link):
    "A dataset that is a link."
    def make(file, name):
        file["beside"], file[name] = PICTURES, link
    return make


def declared(shape, **options):
    "A dataset that says that it has many numbers, and has none."
    return entry(lambda file, name: file.create_dataset(name, shape, np.uint8, **options))


HUGE = 10**12, 64, 64, 3
REFUSED = {
    "missing": (lambda path: None, FileNotFoundError, "does not exist"),
    "folder": (lambda path: path.mkdir(), ValueError, "is a folder"),
    "text": (lambda path: path.write_text("a,b\n1,2\n"), ValueError, "not an HDF5 file"),
    "pointer": (lambda path: path.write_bytes(LFS), ValueError, "run `git lfs pull`"),
    "page": (lambda path: path.write_bytes(PAGE), ValueError, "is an HTML page"),
    "no bytes": (content(lambda whole: b""), OSError, "ends after 0 bytes"),
    "cut off": (content(lambda whole: whole[:9000]), OSError, "is cut off or damaged"),
    "damaged": (content(lambda whole: whole[:900] + b"\xff\0\xff" + whole[903:]),
                OSError, "its checksum does not fit"),
    "filter": (entry(filtered), ValueError, "not installed: `import hdf5plugin`"),
    "holds nothing": (entry(lambda file, name: file.create_dataset(
        name, data=h5py.Empty("u1"))), ValueError, "holds nothing"),
    "huge": (declared(HUGE), ValueError, "was not written in full"),
    "huge, in chunks": (declared(HUGE, chunks=(9, 64, 64, 3)), ValueError,
                        "was not written in full"),
    "external link": (entry(linked(h5py.ExternalLink("/etc/x.h5", "/x"))), ValueError,
                      "is a link, which is not followed"),
    "soft link": (entry(linked(h5py.SoftLink("/beside"))), ValueError, "is a link"),
    "other file": (entry(in_another_file), ValueError, "in other files, which are not"),
    "virtual": (entry(virtual), ValueError, "in other files, which are not read"),
    "type": (entry(times), ValueError, "has a type that cannot be read"),
    "other schema": (lambda path: plain(path, train_set_x=None), ValueError,
                     "it has list_classes, train_set_y"),
}


def refusal(action):
    "The error, after a look that little memory and no word of deleting went into it."
    tracemalloc.start()
    try:
        with pytest.raises((OSError, ValueError)) as caught:
            action()
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert "delete" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_are_refused(name, tmp_path):
    make, kind, words = REFUSED[name]
    path = tmp_path / "train.h5"
    make(path)
    for action in (lambda: load_dataset(path, path), lambda: Stored(path, "train_set_x")):
        error = refusal(action)
        assert type(error) is kind and words in str(error), error
        assert str(path) in str(error), error


@pytest.mark.parametrize("make", [packed, one_large_chunk])
def test_files_larger_than_memory(make, tmp_path):
    make(tmp_path / "train.h5")
    with patch("nn_basics.files._free_memory", return_value=2**27):
        error = refusal(lambda: load_dataset(tmp_path / "train.h5", tmp_path / "test.h5"))
    assert error.errno == errno.ENOMEM and error.filename == str(tmp_path / "train.h5")
    assert "train_set_x is larger than memory (it takes" in str(error), error
    assert "train from the file, with `Stored`" in str(error)
    assert "damaged" not in str(error) and "HDF5 cannot" not in str(error), error


@pytest.mark.skipif(sys.platform != "linux", reason="limits a process as Linux does")
def test_a_process_with_little_memory(tmp_path):
    packed(tmp_path / "train.h5")
    code = ("import resource, sys\nfrom nn_basics.data import load_dataset\n"
            "resource.setrlimit(resource.RLIMIT_DATA, (2**28, 2**28))\n"
            "load_dataset(sys.argv[1], sys.argv[1])")
    command = [sys.executable, "-c", code, tmp_path / "train.h5"]
    child = subprocess.run(command, capture_output=True, text=True)
    assert "OSError: [Errno 12] train_set_x is larger than memory" in child.stderr
    assert "at most 0.25 GB are free" in child.stderr, child.stderr


def test_text_that_names_itself_again_and_again(tmp_path):
    "Names of any length may all be the same long one."
    path = tmp_path / "train.h5"
    plain(path, list_classes=["x" * 10**5] * 1000)
    with patch("nn_basics.files._free_memory", return_value=10**6):
        error = refusal(lambda: load_dataset(path, path))
    assert "larger than memory" in str(error)


def writer(path, version, end):
    "A process that has the file open for writing."
    command = [sys.executable, "-c", WRITER.format(end=end), path, version]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout.readline().strip() == b"open"
    return child


@pytest.mark.parametrize("version, end, words", [
    ("earliest", "time.sleep(99)", "close it there"),
    ("v110", "time.sleep(99)", "close it there"),
    ("v110", "file.swmr_mode = True\ntime.sleep(99)", "close it there"),
    ("v110", "os._exit(0)", "or mend a copy with `h5clear --status`"),
])
def test_files_in_use(version, end, words, tmp_path):
    path = tmp_path / "train.h5"
    with writer(path, version, end) as child:
        if "exit" in end:
            child.wait()
        try:
            for action in (lambda: load_dataset(path, path), lambda: Stored(path, "more")):
                error = refusal(action)
                assert isinstance(error, BlockingIOError) and words in str(error), error
                assert str(path) in str(error) and "damaged" not in str(error)
        finally:
            child.kill()


@pytest.mark.parametrize("read", [
    lambda path: load_dataset(path, path), lambda path: Stored(path, "x"),
    lambda path: resize_picture(path, (2, 2))])
def test_files_that_are_not_yours(read, tmp_path):
    "The system's owner may read everything: for him `open` is played."
    path = tmp_path / "train.h5"
    path.touch(mode=0)
    denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with patch("builtins.open", side_effect=denied):
        error = refusal(lambda: read(path))
    assert isinstance(error, PermissionError) and "Not yours to read" in str(error)
    assert error.filename == str(path)
    if os.geteuid():
        assert "Not yours to read" in str(refusal(lambda: read(path)))


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EIO, errno.ESTALE])
def test_what_the_system_says_is_no_damage(number, tmp_path):
    path = tmp_path / "train.h5"
    plain(path)
    said = OSError(number, os.strerror(number))
    with patch("h5py.File", side_effect=said):
        error = refusal(lambda: load_dataset(path, path))
    assert error.errno == number and error.filename == str(path)
    assert os.strerror(number) in str(error) and "damaged" not in str(error)
