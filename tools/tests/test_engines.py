"""The public functions do with other libraries' arrays what nbs/07_engines.ipynb says."""
import importlib
import inspect
import json
import os
import re
import warnings
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from nn_basics import deep_net, logistic_regression, shallow_net
from tools.notebooks import ROOT, text

MODULES = "logistic_regression", "shallow_net", "softmax", "deep_net"
ENGINES = "NumPy", "Dask", "CuPy", "JAX", "PyTorch"
ROW = re.compile(r"^\| `(\w+)` \| (`.+?) \|" + r" ([^|]+) \|" * len(ENGINES) + "$", re.M)


def table():
    "The chapter's table: {(module, function): {engine: words}}."
    notebook = (ROOT / "nbs" / "07_engines.ipynb").read_text(encoding="utf-8")
    prose = [text(cell["source"]) for cell in json.loads(notebook)["cells"]
             if cell["cell_type"] == "markdown"]
    rows = ROW.findall("\n\n".join(prose))
    assert rows, "nbs/07_engines.ipynb has no table of functions and engines"
    return {(module, name): dict(zip(ENGINES, words)) for module, names, *words in rows
            for name in re.findall(r"`(\w+)`", names)}


TABLE = table()
METHODS = "astype reshape min max sum mean all any argmax argmin".split()


class Device(np.lib.mixins.NDArrayOperatorsMixin):
    "Like CuPy's documented arrays: takes NumPy's functions over, never NumPy's arrays in."
    __array_priority__ = 100
    handed = set()                                     # the functions that were handed over

    def __init__(self, array): self.array = np.asarray(array)
    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    ndim = property(lambda self: self.array.ndim)
    size = property(lambda self: self.array.size)
    T = property(lambda self: Device(self.array.T))
    def __bool__(self): return bool(self.array)
    def __int__(self): return int(self.array)
    def __float__(self): return float(self.array)
    def __len__(self): return len(self.array)
    def __format__(self, spec): return format(self.array, spec)
    def __getitem__(self, index): return Device(self.array[open_up(index)])
    def __setitem__(self, index, value): self.array[open_up(index)] = open_up(value)

    def __array__(self, *args, **options):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __getattr__(self, name):
        if name not in METHODS:
            raise AttributeError(name)
        method = getattr(self.array, name)
        return lambda *args, **options: Device(method(*open_up(args), **open_up(options)))

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        assert method == "__call__", method
        self.handed.add(ufunc.__name__)
        return Device(ufunc(*open_up(inputs), **open_up(options)))

    def __array_function__(self, function, types, args, options):
        self.handed.add(function.__name__)
        result = function(*open_up(args), **open_up(options))
        return Device(result) if isinstance(result, np.ndarray) else result


def open_up(value):
    "The NumPy array inside; TypeError for one that was never on the device."
    if isinstance(value, Device): return value.array
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(value, (tuple, list)): return type(value)(map(open_up, value))
    if isinstance(value, dict):
        return {key: open_up(entry) for key, entry in value.items()}
    return value


def example_arguments():
    "What the cases below are made of."
    rng, a = np.random.default_rng(8), SimpleNamespace()
    a.X, a.Z, a.dA = (rng.standard_normal((n, 24)) for n in (5, 3, 3))
    a.y = rng.integers(0, 3, (1, 24))
    a.Y, a.T = (a.X[:1] > 0).astype(int), np.eye(3)[a.y[0]].T
    a.w, a.W, a.b = (rng.standard_normal(shape) for shape in ((5, 1), (3, 5), (3, 1)))
    a.image = rng.integers(0, 256, (9, 9, 3)).astype(np.uint8)
    a.shallow = shallow_net.initialize_parameters(5, 4, 1, rng=rng, scale=1.)
    draw = deep_net.initialize_parameters_deep
    a.deep, a.many = (draw([5, 4, n], rng=rng, scale="he") for n in (1, 3))
    a.small = {"W1": rng.standard_normal((1, 12)), "b1": np.zeros((1, 1))}
    a.A2, a.cache = shallow_net.forward_propagation(a.X, a.shallow)
    a.AL, a.caches = deep_net.L_model_forward(a.X, a.deep)
    a.AK, a.many_caches = deep_net.L_model_forward(a.X, a.many, output="softmax")
    grads = shallow_net.backward_propagation(a.shallow, a.cache, a.X, a.Y)
    a.update = dict(parameters=a.shallow, grads=grads, learning_rate=.1)
    return a


def logistic_regression_cases(a):
    "For each function a list of arguments that NumPy arrays make it work with."
    neuron, train = dict(w=a.w, b=.5, X=a.X), dict(num_iterations=2)
    return {
        "sigmoid": [dict(z=a.Z)],
        "propagate": [dict(**neuron, Y=a.Y)],
        "predict_proba": [neuron],
        "predict": [neuron],
        "optimize": [dict(**neuron, Y=a.Y, **train)],
        "model": [dict(X_train=a.X, Y_train=a.Y, X_test=a.X, Y_test=a.Y, **train)],
    }


def shallow_net_cases(a):
    "The same for the shallow net."
    backward = dict(parameters=a.shallow, cache=a.cache, X=a.X, Y=a.Y)
    return {
        "layer_sizes": [dict(X=a.X, Y=a.Y)],
        "forward_propagation": [dict(X=a.X, parameters=a.shallow)],
        "predict_proba": [dict(X=a.X, parameters=a.shallow)],
        "predict": [dict(X=a.X, parameters=a.shallow)],
        "compute_cost": [dict(A2=a.A2, Y=a.Y)],
        "backward_propagation": [backward],
        "update_parameters": [a.update],
        "nn_model": [dict(X=a.X, Y=a.Y, n_h=2, num_iterations=2)],
    }


def softmax_cases(a):
    "The same for softmax regression."
    scores = [dict(z=a.Z), dict(z=a.Z[:, 0])]
    model = dict(parameters={"W": a.W, "b": a.b}, X=a.X)
    return {
        "softmax": scores,
        "stable_softmax": scores,
        "log_softmax": scores,
        "softmax_jacobian": [dict(z=a.Z[:, :1])],
        "one_hot": [dict(y=a.y, num_classes=3)],
        "cross_entropy": [dict(Z=a.Z, y=a.y)],
        "delta_cross_entropy": [dict(Z=a.Z, y=a.y)],
        "cross_entropy_one_hot": [dict(Z=a.Z, Y=a.T)],
        "delta_cross_entropy_one_hot": [dict(Z=a.Z, Y=a.T)],
        "predict_proba": [model],
        "predict": [model],
        "softmax_regression": [dict(X=a.X, y=a.y, num_iterations=2)],
    }


def layer_cases(a):
    "The same for the deep net's functions of one layer."
    hidden, linear = ("sigmoid", "relu", "tanh"), (a.X, a.W, a.b)
    every = *hidden, "softmax"
    forward = [dict(A_prev=a.X, W=a.W, b=a.b, activation=name) for name in every]
    backward = [dict(dA=a.dA, cache=(linear, a.Z), activation=name) for name in every]
    return {
        **{name: [dict(Z=a.Z)] for name in hidden},
        **{f"{name}_backward": [dict(dA=a.dA, cache=a.Z)] for name in hidden},
        "linear_forward": [dict(A=a.X, W=a.W, b=a.b)],
        "linear_activation_forward": forward,
        "linear_backward": [dict(dZ=a.dA, cache=linear)],
        "linear_activation_backward": backward,
    }


def deep_net_cases(a):
    "The same for the deep net."
    of_one, of_many = dict(parameters=a.deep), dict(parameters=a.many, output="softmax")
    one, many = dict(AL=a.AL, Y=a.Y), dict(AL=a.AK, output="softmax")
    train = dict(X=a.X, Y=a.Y, layers_dims=[5, 2, 1], num_iterations=2)
    return {
        **layer_cases(a),
        "L_model_forward": [dict(X=a.X, **of_one), dict(X=a.X, hidden="tanh", **of_many)],
        "compute_cost": [one, dict(Y=a.y, **many), dict(Y=a.T, **many)],
        "L_model_backward": [dict(caches=a.caches, **one),
                             dict(AL=a.A2, Y=a.Y, caches=a.caches),
                             dict(Y=a.y, caches=a.many_caches, **many),
                             dict(Y=a.T, caches=a.many_caches, **many)],
        "predict_proba": [dict(X=a.X, **of_one), dict(X=a.X, **of_many)],
        "predict": [dict(X=a.X, y=a.Y, **of_one), dict(X=a.X, y=a.y, **of_many)],
        "update_parameters": [a.update],
        "L_layer_model": [train],
        "two_layer_model": [train],
        "save_parameters": [dict(path="net.h5", parameters=a.deep)],
        "predict_image": [dict(image=a.image, parameters=a.small, shape=(2, 2))],
    }


def cases():
    "For each public function its cases: {(module, function): [{name: value}]}."
    arguments = example_arguments()
    made = {module: globals()[f"{module}_cases"](arguments) for module in MODULES}
    return {(module, name): found for module, by_name in made.items()
            for name, found in by_name.items()}


CASES = cases()
WEIGHTS = "w", "W", "b", "parameters"           # stay NumPy arrays beside chunked examples


def turned(value, to):
    "The same nest of arguments with every NumPy array turned into another kind."
    if isinstance(value, np.ndarray): return to(value)
    if isinstance(value, dict):
        return {key: turned(entry, to) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(turned(entry, to) for entry in value)
    return value


def leaves(value):
    "Everything in a nest of results that is no dict, list or tuple."
    if value is None: return []
    if isinstance(value, dict): return leaves(list(value.values()))
    if isinstance(value, (list, tuple)):
        return [leaf for entry in value for leaf in leaves(entry)]
    return [value]


def holds_arrays(value):
    "Whether there is a NumPy array in a nest of arguments."
    return any(isinstance(leaf, np.ndarray) for leaf in leaves(value))


def function(key):
    "The function of a module and a name."
    return getattr(importlib.import_module(f"nn_basics.{key[0]}"), key[1])


def call(key, **arguments):
    "The function called."
    return function(key)(**arguments)


def same(result, expected, read=lambda leaf: leaf):
    "Asserts that results are equal to 1e-12, and of the same types and shapes."
    for mine, plain in zip(leaves(result), leaves(expected), strict=True):
        tolerance = 1e-12 * max(1, np.abs(plain).max())
        np.testing.assert_allclose(np.asarray(read(mine)), np.asarray(plain), rtol=0,
                                   atol=tolerance, strict=True)


def says(engine, *words):
    "The functions of which the table says one of these words for this engine."
    keys = [key for key, row in TABLE.items() if row[engine] in words]
    return pytest.mark.parametrize("key", keys, ids=".".join)


def test_the_table_lists_every_public_function_once():
    public = {(module, name) for module in MODULES
              for name in function((module, "__all__"))
              if inspect.isfunction(inspect.unwrap(function((module, name))))}
    assert set(TABLE) == public
    assert set(CASES) == {key for key, row in TABLE.items() if row["NumPy"] != "–"}
    known = {"works", "lazy", "number", "works, number", "lazy, number", "shapes",
             "converts", "refuses", "–"}
    assert {word for row in TABLE.values() for word in row.values()} <= known
    for key in TABLE.keys() - CASES.keys():
        taken = inspect.signature(function(key)).parameters
        assert not {"X", "Y", "Z", "y", "z", "A", "parameters"} & taken.keys()


def test_numpy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for key in CASES:
        kinds = {type(leaf) for case in CASES[key] for leaf in leaves(call(key, **case))}
        arrays = any(issubclass(kind, np.ndarray) for kind in kinds)
        numbers = any(kind in (int, float) for kind in kinds)
        assert kinds <= {np.ndarray, int, float, np.float64}, (key, kinds)
        means = {"works": (bool(kinds), False), "works, number": (True, True),
                 "number": (False, True), "shapes": (False, True)}
        expected = means.get(TABLE[key]["NumPy"], (arrays, numbers))
        assert (arrays, numbers) == expected, key


class Watched:
    "Dask's scheduler in this thread, which notes the shapes of all that it is asked for."
    def __init__(self): self.shapes = []
    def __call__(self, graph, keys, **options):
        import dask
        results = dask.get(graph, keys, **options)
        self.shapes += [np.shape(leaf) for leaf in leaves(results)]
        return results


@pytest.fixture
def watched():
    import dask
    scheduler = Watched()
    with dask.config.set(scheduler=scheduler), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield scheduler


def chunked(array, columns=10):
    "As a Dask array, so many columns to a chunk."
    import dask.array as da
    return da.from_array(array, chunks=(*array.shape[:-1], columns))


def kept(arguments, names, columns=10):
    "Chunked, but for the arguments named."
    return {name: value if name in names
            else turned(value, lambda array: chunked(array, columns))
            for name, value in arguments.items()}


def computed(result):
    "What a nest of results stands for, its Dask arrays computed together."
    import dask
    return list(dask.compute(*leaves(result)))


def check_lazy(key, result, given):
    "Asserts that what is new in a result is lazy or a number, as the table says."
    from dask.array import Array
    said, given = TABLE[key]["Dask"], {id(leaf) for leaf in given}
    new = [leaf for leaf in leaves(result) if id(leaf) not in given]
    arrays = [isinstance(leaf, Array) for leaf in new]
    numbers = [isinstance(leaf, (int, float)) for leaf in new]
    assert all(map(any, zip(arrays, numbers))), (key, [type(leaf) for leaf in new])
    assert any(arrays) == ("lazy" in said), key
    assert any(numbers) == (said != "lazy"), key


@says("Dask", "lazy", "number", "lazy, number", "shapes")
def test_dask(key, watched):
    from dask.array import Array
    for case in CASES[key]:
        expected = call(key, **case)
        for arguments in (kept(case, ()), kept(case, WEIGHTS)):
            given = leaves(arguments)
            if not any(isinstance(leaf, Array) for leaf in given):
                continue
            watched.shapes.clear()
            result = call(key, **arguments)
            asked = [shape for shape in watched.shapes if shape != ()]
            assert not asked, f"{key} computes arrays of shapes {asked}, not only numbers"
            assert "shapes" != TABLE[key]["Dask"] or not watched.shapes
            check_lazy(key, result, given)
            same(computed(result), expected)


@says("Dask", "lazy", "number", "lazy, number")
def test_dask_beside_numpy(key, watched):
    for case in CASES[key]:
        for name in [name for name, value in case.items() if holds_arrays(value)]:
            watched.shapes.clear()
            result = call(key, **kept(case, set(case) - {name}))
            asked = f"{key} with {name} in chunks computes arrays of {watched.shapes}"
            assert not any(watched.shapes), asked
            same(computed(result), call(key, **case))


@says("Dask", "converts")
def test_dask_converts(key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for case in CASES[key]:
        results = []
        for arguments in (kept(case, ()), case):
            returned = call(key, **arguments)
            saved = deep_net.load_parameters("net.h5") if "path" in case else None
            results.append((returned, saved))
        same(*results)


@says("Dask", "refuses")
def test_dask_refuses(key):
    refuses(key, chunked, "is a Array of dask, but training needs a NumPy array",
            "X", "Y", "y", "X_train", "Y_train", "X_test")


def parts(name, value):
    "How an argument, or what is inside it, may be called in a refusal."
    if isinstance(value, dict): return list(value)
    if isinstance(value, (tuple, list)): return ["A", "W", "b", "cache", "caches"]
    return [name]


def refuses(key, to, words, *only):
    "Asserts that each of the arguments alone, in another kind, is refused by its name."
    for case in CASES[key]:
        for name in [name for name, value in case.items() if holds_arrays(value)]:
            if only and name not in only:
                continue
            with pytest.raises(TypeError, match=words) as refusal:
                call(key, **{**case, name: turned(case[name], to)})
            named = str(refusal.value).split(" is a ")[0].lower()
            fits = any(part.lower().startswith(named) for part in parts(name, case[name]))
            assert fits, f"{key}: {name} is refused as {named}"


@says("CuPy", "works", "number", "works, number", "shapes")
def test_as_strict_as_cupy(key):
    for case in CASES[key]:
        result = call(key, **turned(case, Device))
        kinds = [type(leaf) for leaf in leaves(result)]
        assert all(issubclass(kind, (Device, int, float)) for kind in kinds), kinds
        same(result, call(key, **case),
             lambda leaf: leaf.array if isinstance(leaf, Device) else leaf)


def test_what_is_handed_over_is_what_cupy_has():
    for key, found in CASES.items():
        if TABLE[key]["CuPy"] in ("works", "number", "works, number"):
            call(key, **turned(found[0], Device))
    documented = set("""absolute add arange bitwise_and bitwise_or diag divide equal exp
        greater greater_equal isfinite less less_equal log log1p matmul maximum multiply
        ndim negative not_equal power shape subtract tanh where zeros""".split())
    assert Device.handed <= documented, Device.handed - documented


@says("CuPy", "refuses")
def test_a_device_is_refused(key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "needs a NumPy array|Implicit conversion|Unsupported type"
    with pytest.raises(TypeError, match=words):
        call(key, **turned(CASES[key][0], Device))


def foreign(engine):
    "What turns a NumPy array into one of PyTorch or JAX, where that is installed."
    if engine == "PyTorch": return pytest.importorskip("torch").tensor
    return pytest.importorskip("jax.numpy").asarray


@pytest.mark.parametrize("engine", ["JAX", "PyTorch"])
def test_foreign_arrays(engine):
    to = foreign(engine)
    for key, case in CASES.items():
        said = TABLE[key][engine]
        if said == "refuses":
            refuses(key, to, "which NumPy cannot compute with; "
                             "convert it to a NumPy array first")
        else:
            arguments = {name: value if name in WEIGHTS else turned(value, to)
                         for name, value in case[0].items()}
            assert said in ("shapes", "converts"), (key, said)
            same(call(key, **arguments), call(key, **case[0]))


@contextmanager
def two_workers(folder):
    "A client of two worker processes, in which a warning is an error."
    import dask
    from distributed import Client, LocalCluster
    options = dict(n_workers=2, threads_per_worker=1, processes=True,
                   dashboard_address=":0", silence_logs=50)
    settings = {"temporary_directory": str(folder),
                "distributed.worker.multiprocessing-method": "forkserver"}
    with (
        dask.config.set(settings),
        LocalCluster(**options) as cluster,
        Client(cluster) as client,
    ):
        client.run(warnings.simplefilter, "error")
        yield client


def train_saturated(X, Y):
    "Gradients of a net whose outputs are exactly 0 and 1."
    import dask
    huge = {"W1": np.full((1, 5), 1e3), "b1": np.zeros((1, 1))}
    AL, caches = deep_net.L_model_forward(X, huge)
    plain = AL.compute(), Y, turned(dask.compute(caches)[0], np.asarray)
    same(dask.compute(deep_net.L_model_backward(AL, Y, caches))[0],
         deep_net.L_model_backward(*plain))
    logistic_regression.propagate(huge["W1"].T, 0., X, Y)


def test_two_worker_processes(tmp_path):
    import dask
    from distributed import get_task_stream
    keys = (("logistic_regression", "propagate"), ("shallow_net", "backward_propagation"),
            ("deep_net", "L_model_backward"))
    with two_workers(tmp_path) as client:
        pids = client.run(os.getpid)
        assert len(set(pids.values()) - {os.getpid()}) == 2
        with get_task_stream(client) as tasks:
            for key in keys:
                held = dask.persist(kept(CASES[key][0], WEIGHTS, columns=12))[0]
                same(dask.compute(call(key, **held))[0], call(key, **CASES[key][0]))
            case = CASES["shallow_net", "nn_model"][0]
            train_saturated(chunked(case["X"], 12), case["Y"])
        assert {task["worker"] for task in tasks.data} == set(pids)
