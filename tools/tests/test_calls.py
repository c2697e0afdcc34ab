"""Wrong calls are refused in words that help, and unusual ones that are right are taken."""
import warnings
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from nn_basics import (
    data,
    deep_net,
    descent,
    diagrams,
    gradient_check,
    logistic_regression,
    plots,
    shallow_net,
    softmax,
    span,
    stored,
    training,
)
from nn_basics.deep_net import L_layer_model, two_layer_model
from nn_basics.logistic_regression import model, optimize, propagate
from nn_basics.shallow_net import nn_model
from nn_basics.softmax import softmax_regression

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(3, 8)), np.array([[0, 1] * 4])
y, one_hot = np.array([[0, 1, 2, 0, 1, 2, 0, 1]]), np.eye(2)[[0, 1] * 4].T
three = np.vstack([Y, 1 - Y, Y])
table = np.array([[22, 38], [30000, 80000]])
w = rng.normal(size=(3, 1))
net = shallow_net.initialize_parameters(3, 4, 1, rng=1)
deep = deep_net.initialize_parameters_deep([3, 4, 2, 1], rng=1)
wide = deep_net.initialize_parameters_deep([3, 4, 3], rng=1)
regression = {"W": rng.normal(size=(3, 3)), "b": np.zeros((3, 1))}
A2, cache = shallow_net.forward_propagation(X, net)
grads = shallow_net.backward_propagation(net, cache, X, Y)
AL, caches = deep_net.L_model_forward(X, deep)
R, basis = span.compress(X)
CLASSIC, DEEP = (X, Y, X, Y), (X, Y, [3, 4, 1])


class Foreign:
    "An array that NumPy's functions do not compute with, as PyTorch's."
    dtype, shape, ndim = np.dtype(float), (3, 8), 2


def without(parameters, key):
    return {name: value for name, value in parameters.items() if name != key}


def descended(returned):
    return descent.descend(lambda p, columns: returned, {"w": 1.0}, 1, 0.1)


WRONG = [
    # options
    (lambda: optimize(w, 0., X, Y, momentun=.9), TypeError,
     "optimize has no option 'momentun': did you mean 'momentum'?"),
    (lambda: model(*CLASSIC, learningrate=.1), TypeError,
     "model has no option 'learningrate': did you mean 'learning_rate'?"),
    (lambda: nn_model(X, Y, 4, 5, record_evry=1), TypeError,
     "nn_model has no option 'record_evry': did you mean 'record_every'?"),
    (lambda: softmax_regression(X, y, batchsize=4), TypeError,
     "softmax_regression has no option 'batchsize': did you mean 'batch_size'?"),
    (lambda: L_layer_model(*DEEP, call_back=print), TypeError,
     "L_layer_model has no option 'call_back': did you mean 'callback'?"),
    (lambda: two_layer_model(*DEEP, num_iteration=5), TypeError,
     "two_layer_model has no option 'num_iteration': did you mean 'num_iterations'?"),
    (lambda: two_layer_model(*DEEP, hiden="tanh"), TypeError,
     "two_layer_model has no option 'hiden': did you mean 'hidden'?"),
    (lambda: model(*CLASSIC, zzz=1), TypeError, "model has no option 'zzz'"),
    (lambda: training.train(X, Y, [], 1, .1, output=None, named=None, chekpoint="a"),
     TypeError, "train has no option 'chekpoint': did you mean 'checkpoint'?"),
    # switches, functions, paths, numbers
    (lambda: model(*CLASSIC, print_cost="no"), TypeError, "print_cost is 'no'"),
    (lambda: nn_model(X, Y, 4, 5, return_history="no"), TypeError,
     "return_history is 'no'"),
    (lambda: L_layer_model(*DEEP, return_history=5), TypeError, "return_history is 5"),
    # before anything is trained
    (lambda: nn_model(X, Y, 4, 5, return_history="no", callback=lambda *_: 1 / 0),
     TypeError, "return_history is 'no'"),
    (lambda: L_layer_model(*DEEP, return_history=5, callback=lambda *_: 1 / 0), TypeError,
     "return_history is 5"),
    (lambda: nn_model(X, Y, 4, 5, progress=5), TypeError,
     "progress is 5, but it must be True, False or a function"),
    (lambda: optimize(w, 0., X, Y, callback=5), TypeError,
     "callback is 5, but it must be a function"),
    (lambda: softmax_regression(X, y, checkpoint=5), TypeError,
     "checkpoint is 5, but it must be the path of a file"),
    (lambda: L_layer_model(*DEEP, checkpoint_every=-5), ValueError,
     "checkpoint_every is -5"),
    (lambda: nn_model(X, Y, 4, 5, patience=3, record_every=None), ValueError,
     "patience acts where a cost is recorded"),
    (lambda: nn_model(X, Y, 4, 5, callback=print, record_every=None), ValueError,
     "callback acts where a cost is recorded"),
    (lambda: nn_model(X, Y, 4, 5, rng=np.array([1, 2])), TypeError, "rng is array([1, 2])"),
    (lambda: nn_model(X, Y, 4, "ten"), TypeError, "num_iterations is 'ten'"),
    (lambda: nn_model(X, Y, 4, 5, learning_rate="fast"), TypeError,
     "learning_rate is 'fast'"),
    (lambda: nn_model(X, Y, 4, 5, l2=True), TypeError, "l2 is True"),
    (lambda: nn_model(X, Y, 4.0, 5), TypeError, "n_h is 4.0"),
    (lambda: nn_model(X, Y, 4, 5, span="yes"), ValueError, "span is 'yes'"),
    (lambda: shallow_net.initialize_parameters(3, 4, 1, scale=True), TypeError,
     "scale is True"),
    (lambda: deep_net.initialize_parameters_deep([3, 1], scale=True), ValueError,
     "scale is True"),
    (lambda: deep_net.initialize_parameters_deep([3, 1], scale=[.01]), ValueError,
     "scale is [0.01]"),
    (lambda: deep_net.initialize_parameters_deep({3, 1}), TypeError, "layer_dims is {"),
    (lambda: deep_net.initialize_parameters_deep("31"), TypeError, "layer_dims is '31'"),
    (lambda: L_layer_model(X, Y, None), TypeError, "layers_dims is None"),
    (lambda: two_layer_model(X, Y, 5), TypeError, "layers_dims is 5"),
    (lambda: L_layer_model(X, Y, [3, "4", 1]), TypeError, "layers_dims[1] is '4'"),
    (lambda: L_layer_model(*DEEP, hidden=["relu"]), ValueError, "hidden is ['relu']"),
    (lambda: L_layer_model(*DEEP, output="tanh"), ValueError, "output is 'tanh'"),
    (lambda: deep_net.linear_activation_forward(X, w.T, np.zeros((1, 1)), None), ValueError,
     "activation is None"),
    # labels
    (lambda: model(X, one_hot, X, Y), ValueError, "these are one-hot: pass Y_train[1:]"),
    (lambda: model(X, Y, X, one_hot.T), ValueError, "one-hot: pass Y_test[:, 1]"),
    (lambda: propagate(w, 0., X, np.eye(8)), ValueError, "pass Y.argmax(axis=0)"),
    (lambda: propagate(w, 0., X, Y.T), ValueError, "Pass Y.reshape(1, -1)"),
    (lambda: softmax_regression(X, np.eye(3)[:, y[0]]), ValueError,
     "one-hot: pass y.argmax(axis=0)"),
    (lambda: softmax.cross_entropy(X, np.eye(3)[y[0]]), ValueError,
     "one-hot: pass y.argmax(axis=1)"),
    (lambda: softmax.delta_cross_entropy(X, y.T), ValueError, "y has shape (8, 1)"),
    (lambda: softmax.one_hot(y.T, 3), ValueError, "y has shape (8, 1)"),
    (lambda: softmax_regression(X, y / 1), TypeError, "y has dtype float64"),
    (lambda: softmax_regression(X, np.full(8, 2**63, np.uint64)), ValueError,
     "y has labels from 9223372036854775808"),
    (lambda: softmax_regression(X, y * 10**13), ValueError,
     "y has labels up to 20000000000000, but X only 8 examples"),
    (lambda: nn_model(X, Y.T, 4, 5), ValueError, "Y has shape (8, 1)"),
    (lambda: nn_model(X, three.T[:, :2], 4, 5), ValueError, "Y has shape (8, 2)"),
    (lambda: nn_model(X[:, :1], [0, 1], 4, 5), ValueError, "Y has shape (2,)"),
    (lambda: nn_model(X, 2 * Y, 4, 5), ValueError, "Y has labels other than 0 and 1"),
    (lambda: shallow_net.layer_sizes(X, Y.T), ValueError, "Y has shape (8, 1)"),
    (lambda: shallow_net.compute_cost(Y, A2), TypeError,
     "A2 has dtype int64, but (SN.6) needs float32 or float64: convert it, as in "
     "A2.astype(float); or are two arguments exchanged?"),
    (lambda: shallow_net.compute_cost(Y / 1, A2), ValueError, "Y looks like probabilities"),
    (lambda: deep_net.compute_cost(AL, three), ValueError, "Y has shape (3, 8)"),
    (lambda: L_layer_model(X, y, [3, 4, 3]), ValueError, "choose output='softmax'"),
    (lambda: data.accuracy(one_hot, Y), ValueError, "Y_prediction.argmax(axis=0)"),
    (lambda: data.accuracy(Y.T, Y), ValueError, "Y_prediction has shape (8, 1)"),
    # examples
    (lambda: model(X.T, Y, X.T, Y), ValueError, "X_train has 8 rows and 3 columns, but"),
    (lambda: nn_model(X.T, Y, 4, 5), ValueError, "examples are columns, pass X.T"),
    (lambda: softmax_regression(X.T, y), ValueError, "examples are columns, pass X.T"),
    (lambda: optimize(np.zeros((8, 1)), 0., X.T, Y), ValueError, "pass X.T"),
    (lambda: shallow_net.layer_sizes(X.T, Y), ValueError, "pass X.T"),
    (lambda: shallow_net.predict(net, X.T), ValueError, "it has 3 columns: pass X.T"),
    (lambda: softmax.predict(regression, X.T), ValueError, "are columns, pass X.T"),
    (lambda: propagate(w, 0., X.T, y[:, :3]), ValueError, "are columns, pass X.T"),
    (lambda: logistic_regression.predict(w, 0., X.T), ValueError, "pass X.T"),
    (lambda: nn_model(X, [[0, 1], [1]], 4, 5), ValueError, "Y is not a rectangular array"),
    (lambda: nn_model(X, Y, 4, 5, span=np.ones(2)), ValueError, "span is array"),
    (lambda: nn_model(X, Y, 4, 5, progress=np.ones(2)), TypeError, "progress is array"),
    (lambda: L_layer_model(*DEEP, hidden=np.ones(2)), ValueError, "hidden is array"),
    (lambda: deep_net.predict(X, Y.T, deep), ValueError, "y has shape (8, 1)"),
    (lambda: deep_net.save_parameters(5, deep), TypeError, "path is 5"),
    (lambda: deep_net.load_parameters(True), TypeError, "path is True"),
    (lambda: deep_net.predict(X.T, None, deep), ValueError, "it has 3 columns: pass X.T"),
    (lambda: model(table, [0, 1], table, [0, 1]), TypeError,
     "X_train.astype(float), and standardise each row"),
    (lambda: nn_model(X.astype("u1"), Y, 4, 5), TypeError, "standardize(X) for pixels"),
    (lambda: nn_model(X.astype(object), Y, 4, 5), TypeError, "as in X.astype(float)"),
    (lambda: nn_model(pd.DataFrame({"a": ["x", "y"]}).T, [0, 1], 4, 5), TypeError,
     "X has dtype"),
    (lambda: nn_model(None, Y, 4, 5), TypeError, "X is None"),
    (lambda: nn_model([[1., 2.], [3.]], Y, 4, 5), ValueError, "X is not a rectangular"),
    (lambda: nn_model({1, 2}, Y, 4, 5), TypeError, "X is a set"),
    (lambda: nn_model(X * np.nan, Y, 4, 5), ValueError, "X has entries that are nan"),
    (lambda: nn_model(Foreign(), Y, 4, 5), TypeError, "X is a Foreign"),
    # exchanged arguments
    (lambda: shallow_net.predict(X, net), TypeError,
     "X is a dict, but real numbers are needed: are two arguments exchanged?"),
    (lambda: softmax.predict(X, regression), TypeError, "are two arguments exchanged?"),
    (lambda: shallow_net.forward_propagation(net, X), TypeError, "exchanged?"),
    (lambda: deep_net.predict_proba(deep, X), TypeError,
     "parameters is a ndarray, but (DN.1) needs a dict with the keys W1, b1: are two"),
    (lambda: deep_net.predict(X, deep, Y), TypeError, "parameters is a ndarray"),
    (lambda: deep_net.predict(deep, None, X), TypeError, "parameters is a ndarray"),
    (lambda: deep_net.L_model_forward(deep, X), TypeError, "parameters is a ndarray"),
    (lambda: deep_net.predict(deep, X), TypeError, "'parameters'"),
    (lambda: propagate(X, 0., w, Y), ValueError, "are w and X exchanged?"),
    (lambda: optimize(X, 0., w, Y), ValueError, "are w and X exchanged?"),
    (lambda: logistic_regression.predict(X, 0., w), ValueError, "are w and X exchanged?"),
    (lambda: logistic_regression.predict(w, X, 0.), ValueError, "X has shape ()"),
    (lambda: shallow_net.backward_propagation(cache, net, X, Y), ValueError,
     "parameters lacks W1, b1, W2, b2"),
    # parameters
    (lambda: shallow_net.predict(without(net, "b2"), X), ValueError,
     "parameters lacks b2, but (SN.4) needs W1, b1, W2, b2"),
    (lambda: deep_net.predict(X, None, without(deep, "b3")), ValueError,
     "parameters lacks b3, but (DN.1) needs W1, b1, W2, b2, W3, b3"),
    (lambda: deep_net.predict(X, None, without(deep, "W2")), ValueError,
     "parameters lacks W2"),
    (lambda: softmax.predict(without(regression, "b"), X), ValueError,
     "parameters lacks b"),
    (lambda: deep_net.predict(X, None, {**deep, "V": X}), ValueError, "parameters"),
    (lambda: deep_net.predict(X, None, wide), ValueError,
     "name output='softmax' for one class of several, or output='sigmoid'"),
    (lambda: deep_net.predict_proba(X, wide), ValueError, "the last layer has 3 units"),
    (lambda: shallow_net.update_parameters(without(net, "W2"), grads), ValueError,
     "parameters lacks W2"),
    (lambda: shallow_net.update_parameters(net, without(grads, "db1")), ValueError,
     "grads lacks db1"),
    (lambda: shallow_net.update_parameters({**net, "b2": [[np.nan]]}, grads), ValueError,
     "b2 has entries that are nan"),
    (lambda: shallow_net.update_parameters(net, {**grads, "db2": [[np.nan]]}), ValueError,
     "db2 has entries that are nan"),
    (lambda: shallow_net.update_parameters(None, grads), TypeError, "parameters is None"),
    (lambda: shallow_net.update_parameters(net, None), TypeError, "grads is None"),
    # layers and caches
    (lambda: shallow_net.backward_propagation(net, None, X, Y), TypeError, "cache is None"),
    (lambda: shallow_net.backward_propagation(net, caches, X, Y), TypeError,
     "cache is a list"),
    (lambda: deep_net.linear_backward(AL, None), TypeError,
     "cache is None, but (A_prev, W, b) is needed, as linear_forward returns it"),
    (lambda: deep_net.linear_backward(AL, caches[-1]), TypeError, "cache is a tuple"),
    (lambda: deep_net.linear_activation_backward(AL, None, "relu"), TypeError,
     "cache is None, but ((A_prev, W, b), Z) is needed"),
    (lambda: deep_net.linear_activation_backward(AL, X, "relu"), TypeError,
     "cache is a ndarray"),
    (lambda: deep_net.L_model_backward(AL, Y, []), TypeError, "caches is []"),
    (lambda: deep_net.L_model_backward(AL, Y, None), TypeError, "caches is None"),
    (lambda: deep_net.L_model_backward(AL, Y, [None]), TypeError, "caches[0] is None"),
    (lambda: deep_net.L_model_backward(AL, Y, cache), TypeError, "caches is {"),
    *[(lambda f=f, bad=bad: f(AL, bad), TypeError, f"cache is {said}")
      for f in (deep_net.sigmoid_backward, deep_net.relu_backward, deep_net.tanh_backward)
      for bad, said in ((None, "None"), ("Z", "the text 'Z'"), ({1}, "a set"))],
    *[(lambda f=f, bad=bad: f(bad), TypeError, f"Z is {said}")
      for f in (deep_net.sigmoid, deep_net.relu, deep_net.tanh)
      for bad, said in ((None, "None"), ("Z", "the text 'Z'"), ({1}, "a set"))],
    (lambda: deep_net.relu([[1.], [2., 3.]]), ValueError, "Z is not a rectangular array"),
    (lambda: logistic_regression.sigmoid([[1], [2, 3]]), ValueError, "z is not a rectang"),
    (lambda: softmax.softmax([[1], [2, 3]]), ValueError, "z is not a rectangular array"),
    (lambda: deep_net.linear_forward([[1.]], [[1.]], [[1.]]), TypeError,
     "A is a list, but an array of numbers is needed: pass np.array(A)"),
    (lambda: deep_net.linear_forward(X, w.T, 0.), TypeError, "b is 0.0"),
    # the span, files, the loop
    *[(lambda f=f, bad=bad: f(bad), TypeError, said)
      for f in (span.compress, span.gram, lambda X: span.inner(w.T, X))
      for bad, said in ((None, "X is None"), ([[1.]], "X is a list"),
                        (Foreign(), "X is a Foreign"))],
    (lambda: span.inner(None, X), TypeError, "W is None"),
    (lambda: span.compress(X * np.nan), ValueError, "X has entries that are nan"),
    (lambda: basis.coordinates([1.]), TypeError, "W is a list"),
    (lambda: stored.Stored(None, "x"), TypeError, "path is None"),
    (lambda: stored.Stored("a.h5", "x", prepare=5), TypeError, "prepare is 5"),
    (lambda: descended(1.0), TypeError, "step returned a float, but a pair is needed"),
    (lambda: descended((1.0, [1.0])), TypeError, "the gradients that step returned"),
    (lambda: descended(("low", {"dw": 1.0})), TypeError, "step returned the cost 'low'"),
    (lambda: descended((1.0, {})), ValueError, "parameter w needs dw"),
    (lambda: descent.descend(None, {"w": 1.0}, 1, 0.1), TypeError, "step is None"),
    (lambda: descent.descend(print, [1.0], 1, 0.1), TypeError, "parameters must be a dict"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_calls(number):
    "Refused in words that help, before anything is changed or trained."
    call, kind, words = WRONG[number]
    with pytest.raises(Exception) as refused:
        call()
    assert type(refused.value) is kind and words in str(refused.value), refused.value


def test_the_table_is_long_enough(say):
    assert len(WRONG) >= 80
    say(f"{len(WRONG)} wrong calls")


def same(found, expected):
    np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("given", [
    lambda row: row[0], lambda row: row[0].tolist(), lambda row: tuple(row[0].tolist()),
    lambda row: pd.Series(row[0]), lambda row: pd.Series(row[0], index=range(10, 18)),
    lambda row: pd.DataFrame(row), lambda row: row.tolist()])
def test_a_row_of_labels_is_a_row(given):
    "m labels without a second axis, whatever holds them."
    labels, classes = given(Y), given(y)
    known = model(X, Y, X, Y, 3)
    same(model(X, labels, X, labels, 3)["w"], known["w"])
    same(propagate(w, 0., X, labels)[0]["dw"], propagate(w, 0., X, Y)[0]["dw"])
    same(optimize(w, 0., X, labels, 2)[0]["w"], optimize(w, 0., X, Y, 2)[0]["w"])
    assert shallow_net.layer_sizes(X, labels) == (3, 4, 1)
    assert shallow_net.compute_cost(A2, labels) == shallow_net.compute_cost(A2, Y)
    same(shallow_net.backward_propagation(net, cache, X, labels)["dW1"], grads["dW1"])
    same(nn_model(X, labels, 4, 2, rng=0)["W1"], nn_model(X, Y, 4, 2, rng=0)["W1"])
    assert softmax.cross_entropy(X, classes) == softmax.cross_entropy(X, y)
    same(softmax.delta_cross_entropy(X, classes), softmax.delta_cross_entropy(X, y))
    same(softmax.one_hot(classes, 3), softmax.one_hot(y, 3))
    found = softmax_regression(X, classes, num_iterations=2, rng=0)[0]
    same(found["W"], softmax_regression(X, y, num_iterations=2, rng=0)[0]["W"])
    assert deep_net.compute_cost(AL, labels) == deep_net.compute_cost(AL, Y)
    same(deep_net.L_model_backward(AL, labels, caches)["dW1"],
         deep_net.L_model_backward(AL, Y, caches)["dW1"])
    for last, row, output in (1, Y, "sigmoid"), (3, y, "softmax"):
        found, expected = (
            L_layer_model(X, target, [3, 4, last], num_iterations=2, rng=0, output=output)
            for target in (given(row), row))
        same(found[0]["W1"], expected[0]["W1"])
    assert deep_net.predict(X, labels, deep).shape == (1, 8)
    assert data.accuracy(labels, labels).value == data.accuracy(Y, labels).value == 1


def test_a_label_of_one_example():
    "The course's own-picture cell, and the shapes that one label may have."
    for label in [1], [[1]], np.array([1]), pd.Series([1]):
        assert deep_net.predict(X[:, :1], label, deep).shape == (1, 1)
        assert shallow_net.layer_sizes(X[:, :1], label) == (3, 4, 1)


def test_tables():
    "Columns of true and false beside numbers are numbers; a table of numbers trains."
    frame = pd.DataFrame({"age": [.1, .3, .2], "is_new": [True, False, True]}).T
    numbers = np.array([[.1, .3, .2], [1., 0., 1.]])
    mixed = pd.DataFrame({"a": [True, False], "b": [.5, 1.5], "c": [1., 2.]})
    labels = pd.Series([0, 1, 1])
    for given, columns in (mixed, mixed.to_numpy(float)), (frame.astype(float), numbers):
        expected = nn_model(columns, labels, 2, 3, rng=0)
        same(nn_model(given, labels, 2, 3, rng=0)["W1"], expected["W1"])
    with pytest.raises(TypeError, match="astype"):
        nn_model(frame, labels, 2, 3)                      # its columns are of no type


def test_several_outputs():
    "n_y questions at once: as many rows of answers, and the cost is the sum of theirs."
    parameters, history = nn_model(X, three, 4, 50, rng=0, return_history=True)
    assert shallow_net.layer_sizes(X, three) == (3, 4, 3)
    assert shallow_net.predict(parameters, X).shape == (3, 8)
    start = nn_model(X, three, 4, 0, rng=0)
    A2 = shallow_net.predict_proba(start, X)
    apiece = [shallow_net.compute_cost(A2[[k]], three[[k]]) for k in range(3)]
    np.testing.assert_allclose(history["costs"][0], sum(apiece), rtol=1e-14)
    trained, costs = L_layer_model(X, three, [3, 4, 3], num_iterations=50, rng=0)
    assert deep_net.predict(X, three, trained, output="sigmoid").shape == (3, 8)


def test_files_are_told_how_to_be_read(tmp_path):
    "What is stored cannot be converted: the advice is to do so where it is read."
    pictures = rng.integers(0, 256, (9, 64, 64, 3), np.uint8)
    labels = np.arange(9) % 2
    data.save_dataset(tmp_path / "a.h5", pictures, labels[None], ["no", "yes"], "train")
    with stored.Stored(tmp_path / "a.h5", "train_set_x") as whole:
        with pytest.raises(TypeError, match="prepare=lambda entries: standardize"):
            nn_model(whole, labels, 2, 3)
    with stored.Stored(tmp_path / "a.h5", "train_set_x", block_size=4,
                       prepare=lambda e: data.standardize(data.flatten(e))) as ready:
        nn_model(ready, labels, 2, 3, rng=0)


def extremes():
    "Matrices of legal numbers that underflow, vanish, or are far apart."
    for scale in 0., 5e-324, 1e-300, 1e-160, 1., 700., 800., 1e5:
        yield np.outer([1., -1., 0.5], [1., -1., 0., 2.]) * scale
        yield (np.outer([1., -1., 0.5], [1., -1., 0., 2.]) * scale).astype(np.float32)


def use_functions(X):
    "Every function of the chapters, on these examples."
    labels, classes, m = np.array([[0, 1, 1, 0]]), np.array([[0, 1, 2, 0]]), X.shape[1]
    dA, least = np.ones((3, m), X.dtype), np.finfo(X.dtype).smallest_subnormal
    small = np.full((3, 1), 1e-3)
    propagate(small, 0., X, labels)
    logistic_regression.sigmoid(X)
    logistic_regression.predict(small, 0., X)
    model(X, labels, X, labels, 3, 1e-3)
    net = shallow_net.initialize_parameters(3, 2, 1, rng=0)
    A2, cache = shallow_net.forward_propagation(X, net)
    grads = shallow_net.backward_propagation(net, cache, X, labels)
    shallow_net.update_parameters(net, grads)
    shallow_net.compute_cost(A2, labels)
    shallow_net.predict(net, X)
    nn_model(X, labels, 2, 3, learning_rate=1e-3, rng=0)
    for f in softmax.softmax, softmax.log_softmax:
        f(X)
    softmax.softmax_jacobian(X[:, 0])
    columns = softmax.one_hot(classes, 3)
    softmax.cross_entropy(X, classes)
    softmax.cross_entropy_one_hot(X, columns)
    softmax.delta_cross_entropy(X, classes)
    softmax.delta_cross_entropy_one_hot(X, columns)
    found = softmax_regression(X, classes, num_iterations=3, learning_rate=1e-9, rng=0)[0]
    softmax.predict(found, X)
    for name in "sigmoid", "relu", "tanh":
        A, kept = getattr(deep_net, name)(X)
        for slope in dA, X, np.full((3, m), least):
            getattr(deep_net, f"{name}_backward")(slope, kept)
    use_nets(X, labels, classes, dA)


def use_nets(X, labels, classes, dA):
    "The functions of the deep net, and those that serve all models."
    W, b = np.eye(3, dtype=X.dtype), np.zeros((3, 1), X.dtype)
    for activation in "sigmoid", "relu", "tanh", "softmax":
        A, kept = deep_net.linear_activation_forward(X, W, b, activation)
        deep_net.linear_activation_backward(X, kept, activation)
    Z, kept = deep_net.linear_forward(X, W, b)
    deep_net.linear_backward(X, kept)
    for output, targets in ("sigmoid", labels), ("softmax", classes):
        sizes = [3, 2, 1 if output == "sigmoid" else 3]
        for hidden in "relu", "tanh", "sigmoid":
            how = {"hidden": hidden, "output": output}
            net = deep_net.initialize_parameters_deep(sizes, rng=0)
            AL, caches = deep_net.L_model_forward(X, net, **how)
            deep_net.compute_cost(AL, targets, output=output)
            back = deep_net.L_model_backward(AL, targets, caches, **how)
            deep_net.update_parameters(net, back, 0.1)
            deep_net.predict(X, targets, net, **how)
            L_layer_model(X, targets, sizes, 1e-9, 3, rng=0, **how)
    two_layer_model(X, labels, [3, 2, 1], 1e-9, 3, rng=0)
    found, basis = span.compress(X)
    basis.expand(b.T, basis.coordinates(b.T))
    gradient_check.distance(X, X)
    data.accuracy(labels, labels)


@pytest.mark.parametrize("examples", list(extremes()))
def test_no_alarms(examples):
    "Legal numbers raise no floating-point error and no warning."
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        use_functions(examples)


def use_data_and_files(folder):
    "Data of all kinds, and what is stored and read."
    images, labels, _, _, names = data.load_dataset(train_size=4, test_size=1, rng=1)
    path = folder / "train.h5"
    data.save_dataset(path, images, labels, names, "train")
    data.save_dataset(folder / "test.h5", images, labels, names, "test")
    data.load_dataset(path, folder / "test.h5")
    pixels = data.standardize(data.flatten(images), center=True)
    for draw in (data.load_planar_dataset, data.spiral, data.moons, data.circles,
                 data.blobs):
        draw(5)
    data.load_digits()
    net = deep_net.initialize_parameters_deep([len(pixels), 2, 1], rng=1)
    deep_net.save_parameters(folder / "net.h5", net)
    deep_net.predict_image(images[0], deep_net.load_parameters(folder / "net.h5"))
    L_layer_model(pixels, labels, [len(pixels), 2, 1], 1e-3, 3, rng=1,
                  checkpoint=folder / "training.h5")
    descent.load_checkpoint(folder / "training.h5")
    def columns(entries): return data.flatten(entries) / 255
    with closing(stored.Stored(path, "train_set_x", prepare=columns)) as X:
        list(X.blocks())


def use_checks_and_figures():
    "Numerical gradients, and figures of numbers near the ends of their range."
    tiny, huge = np.array([[1e-300, 2e-300]]), np.array([[1e150, -2e150]])
    for find in gradient_check.numerical_gradient, gradient_check.complex_step_gradient:
        find(lambda p: (p["w"] ** 2).sum(), {"w": np.array([1e-8, 0., 3.])})
    gradient_check.check_gradient(lambda p: p["w"] ** 2, {"w": 3.}, {"dw": 6.})
    gradient_check.relative_error(tiny, tiny)
    for numbers in tiny, huge, np.zeros((1, 2)):
        plots.draw_curves({"a": numbers[0]})
        plots.draw_matrix(numbers)
        plots.draw_histogram(numbers)
        plots.draw_weights(numbers, (1, 2))
    plots.draw_boundary(lambda P: P[:1] > 0, X[:2], Y)
    plots.draw_calibration([[0., 0.2, 1.]], [[0, 0, 1]])
    plots.draw_pictures(np.zeros((2, 4, 4)), labels=[0, 1])
    diagrams.draw_network([2, 3, 1])
    pyplot.close("all")


def test_no_alarms_elsewhere(tmp_path):
    "Nor do data, files, checks and figures."
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        use_data_and_files(tmp_path)
        use_checks_and_figures()


def test_whole_parameters_learn():
    "Whole numbers as parameters move like floats."
    whole = {key: np.ones(value.shape, int) for key, value in net.items()}
    moved = shallow_net.update_parameters(whole, grads, 0.5)
    for key, value in moved.items():
        same(value, 1 - 0.5 * grads["d" + key])
