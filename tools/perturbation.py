"""Moves what trainings start from by a trifle, as other processors would."""

import os

import numpy as np

VARIABLE = "NN_BASICS_PERTURBATION"  # in the environment: the relative size, such as 1e-12


def asked():
    "By how much numbers are moved, relative to them; 0 where nothing is asked."
    return float(os.environ.get(VARIABLE, 0))


def noise(shape):
    "Numbers from -1 to 1, the same for the same shape."
    return np.random.mtrand.RandomState(7).uniform(-1, 1, shape)


def with_moved_normals(kind, size):
    "A kind of random generator whose normal numbers are moved."

    class AnyOfThem(type):
        def __instancecheck__(cls, value):
            return isinstance(value, kind)

    def method(name):
        def draw(self, *args, **options):
            plain = getattr(kind, name)(self, *args, **options)
            return plain * (1 + size * noise(np.shape(plain)))

        return draw

    names = [name for name in ("standard_normal", "normal", "randn") if hasattr(kind, name)]
    return AnyOfThem(kind.__name__, (kind,), {name: method(name) for name in names})


def install():
    "Has normal random numbers and standardised pictures moved, if that is asked."
    if not (size := asked()):
        return
    import nn_basics.data

    plain_rng, plain_standardize = np.random.default_rng, nn_basics.data.standardize

    def standardize(*args, **options):
        x = plain_standardize(*args, **options)
        return x + size * noise(x.shape) * x * (1 - x)  # 0 and 1 stay

    np.random.Generator = with_moved_normals(np.random.Generator, size)
    np.random.RandomState = with_moved_normals(np.random.RandomState, size)
    np.random.default_rng = lambda seed=None: np.random.Generator(
        plain_rng(seed).bit_generator
    )
    nn_basics.data.standardize = standardize
