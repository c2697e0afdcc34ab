"""Common slips: mypy and pyright refuse each line marked so, and no other. Never run."""

import numpy as np
import numpy.typing as npt

from nn_basics import data, deep_net, descent, logistic_regression, shallow_net, softmax


def options(X: npt.NDArray[np.float64], Y: npt.NDArray[np.float64]) -> None:
    "Options that are mistyped, or of another kind."
    deep_net.L_layer_model(X, Y, [2, 3, 1], momentun=0.9)  # refused
    deep_net.L_layer_model(X, Y, [2, 3, 1], momentum=0.9)
    deep_net.two_layer_model(X, Y, (2, 3, 1), span="always")  # refused
    deep_net.two_layer_model(X, Y, 3)  # refused
    shallow_net.nn_model(X, Y, 4, rng="seed")  # refused
    shallow_net.nn_model(X, Y, 4, record_evry=10)  # refused
    shallow_net.nn_model(X, Y)  # refused
    softmax.softmax_regression(X, Y, learningrate=0.1)  # refused
    softmax.softmax_regression(X, Y, callback=0.1)  # refused
    logistic_regression.model(X, Y, X, Y, num_iterations="ten")  # refused
    logistic_regression.model(X, Y, X, Y, num_iterations=10)
    logistic_regression.model(X, Y, X, Y, batch_size="all")  # refused
    logistic_regression.optimize(X, 0.0, X, Y, 100, "0.1")  # refused
    logistic_regression.optimize(X, 0.0, X, Y, checkpoint=True)  # refused
    descent.descend(print, {"w": 1.0}, 10, 0.1, momentun=0.9)  # refused
    descent.descend(print, {"w": 1.0}, 10, None)  # refused


def order(X: npt.NDArray[np.float64], Y: npt.NDArray[np.float64]) -> None:
    "Arguments and results that are exchanged."
    parameters = shallow_net.initialize_parameters(2, 3, 1)
    shallow_net.predict(parameters, X)
    shallow_net.predict(X, parameters)  # refused
    shallow_net.forward_propagation(parameters, X)  # refused
    softmax.predict(X, parameters)  # refused
    deep_net.predict(X, Y, parameters)
    deep_net.predict(parameters, Y, X)  # refused
    deep_net.predict(X, parameters, Y)  # refused
    deep_net.predict(parameters, X)  # refused
    logistic_regression.predict(X, Y, 0.0)  # refused
    cost, grads = logistic_regression.propagate(X, 0.0, X, Y)
    print(grads["dw"])  # refused
    A2, cache = shallow_net.forward_propagation(X, parameters)
    shallow_net.backward_propagation(cache, X, parameters, Y)  # refused


def kinds(X: npt.NDArray[np.float64]) -> None:
    "Values of another kind."
    data.load_dataset(3, 4)  # refused
    data.spiral(N="100")  # refused
    data.accuracy(X)  # refused
    data.accuracy(X, X).percent  # refused
    data.save_dataset("cats.h5", X, X, "cat", split=0)  # refused
    shallow_net.layer_sizes(X, X).n_h  # refused
    deep_net.linear_activation_forward(X, X, X, deep_net.relu)  # refused
    softmax.cross_entropy(X, X).mean()  # refused
