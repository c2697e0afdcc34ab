"""Calls every trainer and the other functions of the chapters' modules as they are meant to
be called: mypy --strict and pyright have nothing to say. It is never run."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nn_basics import (
    data,
    deep_net,
    descent,
    gradient_check,
    logistic_regression,
    plots,
    progress,
    shallow_net,
    softmax,
    span,
    stored,
    training,
)

Floats = npt.NDArray[np.float64]


def pictures(path: Path) -> Floats:
    "What `data` loads, keeps and judges."
    train_x, train_y, test_x, test_y, classes = data.load_dataset(train_size=20, rng=1)
    data.load_dataset(path, str(path))
    data.save_dataset(path, train_x, train_y, ["non-cat", b"cat"], "train")
    X = data.standardize(data.flatten(train_x), center=True)
    data.standardize(data.flatten(test_x), center=X.mean(axis=1, keepdims=True))
    found = data.accuracy(test_y, test_y)
    value, baseline, interval = found.value, found.baseline, found.interval
    print(found, value + baseline, interval, classes.tolist())
    for points, labels in (
        data.load_planar_dataset(), data.spiral(50, 3, rng=np.random.default_rng(0)),
        data.load_digits(), data.moons(noise=0.2), data.circles(50), data.blobs(K=4),
    ):
        print(points.shape, labels.shape)
    return X


def neuron(X: Floats, Y: Floats) -> None:
    "Logistic regression."
    w, b = logistic_regression.initialize_with_zeros(len(X))
    grads, cost = logistic_regression.propagate(w, b, X, Y)
    print(logistic_regression.sigmoid([0, 1.5]).shape, grads["dw"], cost + 1.0)
    params, grads, costs = logistic_regression.optimize(
        w, b, X, Y, 200, 0.01, True, batch_size=10, rng=3, l2=0.1, momentum=0.9,
        callback=lambda iteration, cost, parameters: cost < 0.1)
    answers = logistic_regression.predict(params["w"], params["b"], X)
    print(answers.dtype, logistic_regression.predict_proba(w, b, X), costs[-1])
    known = logistic_regression.model(X, Y, X, Y, num_iterations=10, learning_rate=0.1)
    print(known["costs"])


def hidden_layer(X: Floats, Y: Floats) -> None:
    "The shallow net."
    n_x, n_h, n_y = shallow_net.layer_sizes(X, Y)
    parameters = shallow_net.initialize_parameters(n_x, n_h, n_y, rng=0, scale=0.1)
    A2, cache = shallow_net.forward_propagation(X, parameters)
    grads = shallow_net.backward_propagation(parameters, cache, X, Y)
    parameters = shallow_net.update_parameters(parameters, grads, learning_rate=0.5)
    print(shallow_net.compute_cost(A2, Y) < 1, shallow_net.predict(parameters, X).sum())
    parameters = shallow_net.nn_model(
        X, Y, 4, num_iterations=100, parameters=parameters, patience=5, progress=True)
    print(shallow_net.predict_proba(parameters, X))


def classes(X: Floats, y: npt.NDArray[np.int64]) -> None:
    "Softmax and its regression."
    parameters, history = softmax.softmax_regression(
        X, y, 3, 100, 0.5, span="auto", print_cost=True, record_every=None)
    Z, Y = parameters["W"] @ X + parameters["b"], softmax.one_hot(y, 3)
    print(softmax.softmax(Z), softmax.stable_softmax([1, 2]), softmax.log_softmax(Z))
    print(softmax.cross_entropy(Z, y) + softmax.cross_entropy_one_hot(Z, Y))
    print(softmax.delta_cross_entropy(Z, y) - softmax.delta_cross_entropy_one_hot(Z, Y))
    print(softmax.softmax_jacobian(Z[:, 0]), history["costs"])
    print(softmax.predict(parameters, X), softmax.predict_proba(parameters, X))


def blocks(X: Floats, Y: Floats) -> None:
    "The deep net, layer by layer."
    parameters = deep_net.initialize_parameters_deep([len(X), 3, 1], scale="he", rng=1)
    deep_net.initialize_parameters(len(X), 3, 1, rng=np.random.RandomState(1))
    Z, linear_cache = deep_net.linear_forward(X, parameters["W1"], parameters["b1"])
    for forward, backward in (
        (deep_net.relu, deep_net.relu_backward), (deep_net.tanh, deep_net.tanh_backward),
        (deep_net.sigmoid, deep_net.sigmoid_backward),
    ):
        A, activation_cache = forward(Z)
        dA_prev, dW, db = deep_net.linear_backward(
            backward(np.ones_like(A), activation_cache), linear_cache)
    A, cache = deep_net.linear_activation_forward(
        X, parameters["W1"], parameters["b1"], "relu")
    deep_net.linear_activation_backward(np.ones_like(A), cache, "relu")
    AL, caches = deep_net.L_model_forward(X, parameters, hidden="tanh")
    grads = deep_net.L_model_backward(AL, Y, caches, hidden="tanh")
    print(deep_net.compute_cost(AL, Y) + 1.0, dA_prev, dW, db)
    print(deep_net.update_parameters(parameters, grads, 0.1)["W1"])


def deep(X: Floats, Y: Floats, path: Path) -> None:
    "The trainers of the deep net, its answers and its files."
    parameters, costs = deep_net.two_layer_model(
        X, Y, (len(X), 4, 1), num_iterations=10, hidden="tanh", checkpoint=path)
    parameters, costs = deep_net.L_layer_model(
        X, Y, [len(X), 4, 3, 1], 0.01, 10, scale=0.1, parameters=None, block_size=None,
        momentum=0.9, checkpoint=str(path), checkpoint_every=5, return_history=False)
    answers = deep_net.predict(X, None, parameters, hidden="relu")
    print(costs[-1], answers, deep_net.predict(X, Y, parameters))
    print(deep_net.predict_proba(X, parameters, output="sigmoid"))
    answer, probability = deep_net.predict_image("cat.png", parameters, shape=(64, 64))
    deep_net.predict_image(b"bytes of a picture", parameters)
    deep_net.save_parameters(path, parameters)
    print(answer + 1, probability + 1.0, deep_net.load_parameters(path))


def in_a_file(path: Path) -> None:
    "Examples that stay in their file."
    with stored.Stored(path, "train_set_x", prepare=data.flatten, block_size=64) as X:
        Y = stored.Stored(path, "train_set_y")
        shallow_net.nn_model(X, Y, 4, batch_size=32)
        softmax.softmax_regression(X, Y, num_iterations=3)
        deep_net.L_layer_model(X, Y, [64, 2, 1], output="sigmoid")
        logistic_regression.optimize(np.zeros((64, 1)), 0.0, X, Y, block_size=8)


def step(parameters: dict[str, Any], columns: Any) -> tuple[float, dict[str, Any]]:
    "A step of one's own."
    return float(parameters["w"]), {"dw": 1.0}


def engine(X: Floats, Y: Floats, path: Path) -> None:
    "The training loop, and what serves it."
    parameters, grads, history = descent.descend(
        step, {"w": 1.0}, 10, 0.1, batch_size=2, num_examples=6, momentum=0.5, rng=None)
    print(descent.in_own_context(data.load_digits)()[0].shape)
    descent.save_checkpoint(path, {"parameters": parameters, "history": history})
    print(descent.load_checkpoint(path)["parameters"], grads)
    trained = training.train(
        X, Y, [(np.zeros((1, len(X))), np.zeros((1, 1)))], 10, 0.1,
        output=logistic_regression.SigmoidOutput, named=training.numbered)
    print(training.as_layers(trained.parameters), trained.history["costs"])
    R, basis = span.compress(X)
    inside = basis.coordinates(np.zeros((1, len(X))))
    print(R, basis.expand(np.zeros((1, len(X))), inside))
    print(basis.outside(inside) + 1.0, span.gram(X), span.inner(inside, X))
    print(span.combine(inside, inside, X, 0.5))


def cube(parameters: dict[str, Any]) -> Any:
    "A function with a gradient."
    return (parameters["x"] ** 3).sum()


def gradients(x: Floats) -> None:
    "Derivatives by numbers."
    central = gradient_check.numerical_gradient(cube, {"x": x})
    exact = gradient_check.complex_step_gradient(cube, {"x": x})
    gradient_check.check_gradient(cube, {"x": x}, exact)
    gradient_check.check_equation("GC.1", central, exact, tol=1e-6)
    print(gradient_check.distance(central["dx"], 3 * x**2) < 1)
    print(gradient_check.relative_error(central["dx"], exact["dx"]) < 1)


def figures(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> None:
    "A training with a bar from its start, and what it is about."
    X, classes = data.standardize(data.flatten(images)), data.load_dataset()[4]
    with closing(progress.ProgressBar()) as bar:
        parameters = shallow_net.nn_model(X, labels, 4, progress=bar)
    plots.draw_pictures(images, labels=labels, names=classes, captions=None)
    plots.draw_pictures(images[0], captions=["the first"])
    plots.draw_weights(parameters["W1"], images.shape[1:]).set_title("weights")
    plots.draw_points(X[:2], labels, names=["other", "cat"], legend=None)
