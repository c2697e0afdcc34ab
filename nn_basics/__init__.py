"""Neural networks from their mathematics, in NumPy: a module for each chapter.

The chapters:
    data                 pictures, digits and points, loaded and laid out; accuracy
    logistic_regression  one neuron
    shallow_net          one hidden layer
    softmax              several classes
    deep_net             any number of layers, saved nets, answers for your own pictures
    stored               training from a file that is larger than memory
    span                 training on as few rows as there are examples

To look at them:
    plots, diagrams      curves, boundaries, pictures and matrices; nets and graphs, drawn
    gradient_check       gradients and equations checked by numbers

What trains them:
    training, descent    the trainer of all models, and its loop
    network, first_layers, batches, checkpoints, progress
    arguments, files, images, saved_nets, style, pictures, drawings

Examples are columns: X (n, m) holds m of them, with n features each. A first step:

    from nn_basics.data import load_planar_dataset
    from nn_basics.shallow_net import nn_model, predict
    X, Y = load_planar_dataset()
    parameters = nn_model(X, Y, n_h=4, rng=0)
    print((predict(parameters, X) == Y).mean())

Another, from a terminal: python -m nn_basics
"""
import sys as _sys
from types import ModuleType as _ModuleType

__version__ = "0.1.0"


class _Package(_ModuleType):
    "A package whose modules name, where a name is completed, what they export and no more."
    def __setattr__(self, name, value):
        if hasattr(value, "__all__"):
            setattr(value, "__dir__", lambda: value.__all__)
        super().__setattr__(name, value)


_sys.modules[__name__].__class__ = _Package
