"""scikit-learn's MLPClassifier with its SGD, from the job's start."""
import warnings

import numpy as np
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from nn_basics.arguments import is_stored
from tools.bench.measure import Unable


def classifier(task, size, epochs, shuffle):
    "A classifier that has seen one example of each class and stands at the job's start."
    job, L, y = task.job, len(task.job.layers) - 1, task.Y[0]
    model = MLPClassifier(job.layers[1:-1], activation=job.hidden, solver="sgd", alpha=0,
                          batch_size=1, learning_rate_init=job.learning_rate, max_iter=1,
                          shuffle=shuffle, tol=0, n_iter_no_change=np.inf, momentum=0,
                          nesterovs_momentum=False, warm_start=True)
    few = np.unique(y, return_index=True)[1]
    model.fit(task.X.T[few], y[few])
    model.coefs_ = [np.array(task.start[f"W{l}"].T) for l in range(1, L + 1)]
    model.intercepts_ = [np.array(task.start[f"b{l}"][:, 0]) for l in range(1, L + 1)]
    return model.set_params(max_iter=epochs, batch_size=size)


def train(task, updates, ready, order):
    "The parameters after training; with batches one epoch, in `order` or as it shuffles."
    if is_stored(task.X):
        raise Unable("its solver takes arrays, not a file")
    if task.job.output == "softmax" and task.job.layers[-1] == 2:
        raise Unable("for two classes it has one output, not two")
    X, y, size, L = task.X.T, task.Y[0], task.job.batch_size, len(task.job.layers) - 1
    if size and order is not None:
        X, y = X[order[:updates * size]], y[order[:updates * size]]
    with warnings.catch_warnings(), config_context(assume_finite=True):
        warnings.simplefilter("ignore", ConvergenceWarning)
        epochs, shuffle = 1 if size else updates, bool(size) and order is None
        model = classifier(task, size or task.examples, epochs, shuffle)
        ready()
        model.fit(X, y)
    weights = {f"W{l + 1}": model.coefs_[l].T for l in range(L)}
    return weights | {f"b{l + 1}": model.intercepts_[l][:, None] for l in range(L)}
