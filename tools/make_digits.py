"""Makes nn_basics/digits.h5 from scikit-learn's digits: the same bytes every time."""
import sys
from pathlib import Path

import h5py
import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "nn_basics" / "digits.h5"
ATTRIBUTION = {
    "title": "Optical Recognition of Handwritten Digits (optdigits), "
             "the 1797 digits of its test set",
    "authors": "E. Alpaydin, C. Kaynak (1998)",
    "source": "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49",
    "licence": "Creative Commons Attribution 4.0 International (CC BY 4.0), "
               "https://creativecommons.org/licenses/by/4.0/",
    "changes": "none to the pixels and labels; stored as HDF5",
}


def read_digits():
    "scikit-learn's pixels (1797, 8, 8) from 0 to 16 and labels (1797,), both in uint8."
    from sklearn.datasets import load_digits
    digits = load_digits()
    pixels, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    changed = (pixels != digits.images).any() or (labels != digits.target).any()
    if changed or pixels.shape != (1797, 8, 8):
        raise SystemExit("scikit-learn's digits are not 1797 times 8 by 8 whole numbers")
    return pixels, labels


def write_digits(path):
    "Writes the file; nothing in it depends on the clock."
    pixels, labels = read_digits()
    with h5py.File(path, "w", libver=("earliest", "v110"), track_order=False) as file:
        file.attrs.update(ATTRIBUTION)
        for name, values in ("pixels", pixels), ("labels", labels):
            file.create_dataset(name, data=values, chunks=values.shape, shuffle=False,
                                compression="gzip", compression_opts=9, track_times=False)


if __name__ == "__main__":
    write_digits(sys.argv[1] if len(sys.argv) > 1 else TARGET)
