"""What the public functions do with arrays of other libraries is what the table of nbs/07_engines.ipynb says."""
import importlib
import inspect
import json
import os
import re
import warnings

import numpy as np
import pytest

from nn_basics import deep_net, logistic_regression, shallow_net
from tools.notebooks import ROOT, text

MODULES = "logistic_regression", "shallow_net", "softmax", "deep_net"
ENGINES = "NumPy", "Dask", "CuPy", "JAX", "PyTorch"
ROW = re.compile(r"^\| `(\w+)` \| (`.+?) \|" + r" ([^|]+) \|" * len(ENGINES) + "$", re.MULTILINE)


def table():
    "The chapter's table: {(module, function): {engine: words}}."
    cells = json.loads((ROOT / "nbs" / "07_engines.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join(text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    rows = [(module, names, words) for module, names, *words in ROW.findall(prose)]
    assert rows, "nbs/07_engines.ipynb has no table of functions and engines"
    return {(module, name): dict(zip(ENGINES, words)) for module, names, words in rows for name in re.findall(r"`(\w+)`", names)}


TABLE = table()


class Device(np.lib.mixins.NDArrayOperatorsMixin):
    "A stand-in for CuPy's arrays, by its documented rules: NumPy's functions are handed over, NumPy's arrays never taken in."
    __array_priority__ = 100
    handed = set()                                     # the functions that were handed over

    def __init__(self, array): self.array = np.asarray(array)
    shape, dtype, ndim, size = (property(lambda self, name=name: getattr(self.array, name)) for name in ("shape", "dtype", "ndim", "size"))
    T = property(lambda self: Device(self.array.T))
    def __array__(self, *args, **options): raise TypeError("Implicit conversion to a NumPy array is not allowed.")
    def __bool__(self): return bool(self.array)
    def __int__(self): return int(self.array)
    def __float__(self): return float(self.array)
    def __len__(self): return len(self.array)
    def __format__(self, spec): return format(self.array, spec)
    def __getitem__(self, index): return Device(self.array[open_up(index)])
    def __setitem__(self, index, value): self.array[open_up(index)] = open_up(value)
    def __getattr__(self, name):
        if name not in ("astype", "reshape", "min", "max", "sum", "mean", "all", "any", "argmax", "argmin"):
            raise AttributeError(name)
        return lambda *args, **options: Device(getattr(self.array, name)(*open_up(args), **open_up(options)))

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
    if isinstance(value, np.ndarray): raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(value, (tuple, list)): return type(value)(map(open_up, value))
    return {key: open_up(entry) for key, entry in value.items()} if isinstance(value, dict) else value


def cases():
    "For each public function a list of arguments that NumPy arrays make it work with: {(module, function): [{name: value}]}."
    rng = np.random.default_rng(8)
    X, Z, dA, y = rng.standard_normal((5, 24)), rng.standard_normal((3, 24)), rng.standard_normal((3, 24)), rng.integers(0, 3, (1, 24))
    Y, T = (X[:1] > 0).astype(int), np.eye(3)[y[0]].T
    w, W, b, image = rng.standard_normal((5, 1)), rng.standard_normal((3, 5)), rng.standard_normal((3, 1)), rng.integers(0, 256, (9, 9, 3)).astype(np.uint8)
    shallow = shallow_net.initialize_parameters(5, 4, 1, rng=rng, scale=1.)
    deep, many = (deep_net.initialize_parameters_deep([5, 4, n], rng=rng, scale="he") for n in (1, 3))
    A2, cache = shallow_net.forward_propagation(X, shallow)
    AL, caches = deep_net.L_model_forward(X, deep)
    AK, many_caches = deep_net.L_model_forward(X, many, output="softmax")
    update = dict(parameters=shallow, grads=shallow_net.backward_propagation(shallow, cache, X, Y), learning_rate=.1)
    train, layer = dict(num_iterations=2), dict(cache=(X, W, b))
    soft = dict(output="softmax")
    return {
        ("logistic_regression", "sigmoid"): [dict(z=Z)],
        ("logistic_regression", "propagate"): [dict(w=w, b=.5, X=X, Y=Y)],
        ("logistic_regression", "predict_proba"): [dict(w=w, b=.5, X=X)],
        ("logistic_regression", "predict"): [dict(w=w, b=.5, X=X)],
        ("logistic_regression", "optimize"): [dict(w=w, b=.5, X=X, Y=Y, **train)],
        ("logistic_regression", "model"): [dict(X_train=X, Y_train=Y, X_test=X, Y_test=Y, **train)],
        ("shallow_net", "layer_sizes"): [dict(X=X, Y=Y)],
        ("shallow_net", "forward_propagation"): [dict(X=X, parameters=shallow)],
        ("shallow_net", "predict_proba"): [dict(X=X, parameters=shallow)],
        ("shallow_net", "predict"): [dict(X=X, parameters=shallow)],
        ("shallow_net", "compute_cost"): [dict(A2=A2, Y=Y)],
        ("shallow_net", "backward_propagation"): [dict(parameters=shallow, cache=cache, X=X, Y=Y)],
        ("shallow_net", "update_parameters"): [update],
        ("shallow_net", "nn_model"): [dict(X=X, Y=Y, n_h=2, **train)],
        **{("softmax", name): [dict(z=Z), dict(z=Z[:, 0])] for name in ("softmax", "stable_softmax", "log_softmax")},
        ("softmax", "softmax_jacobian"): [dict(z=Z[:, :1])],
        ("softmax", "one_hot"): [dict(y=y, num_classes=3)],
        **{("softmax", name): [dict(Z=Z, y=y)] for name in ("cross_entropy", "delta_cross_entropy")},
        **{("softmax", name + "_one_hot"): [dict(Z=Z, Y=T)] for name in ("cross_entropy", "delta_cross_entropy")},
        **{("softmax", name): [dict(parameters={"W": W, "b": b}, X=X)] for name in ("predict_proba", "predict")},
        ("softmax", "softmax_regression"): [dict(X=X, y=y, **train)],
        **{("deep_net", name): [dict(Z=Z)] for name in ("sigmoid", "relu", "tanh")},
        **{("deep_net", name + "_backward"): [dict(dA=dA, cache=Z)] for name in ("sigmoid", "relu", "tanh")},
        ("deep_net", "linear_forward"): [dict(A=X, W=W, b=b)],
        ("deep_net", "linear_activation_forward"): [dict(A_prev=X, W=W, b=b, activation=name) for name in ("sigmoid", "relu", "tanh", "softmax")],
        ("deep_net", "linear_backward"): [dict(dZ=dA, **layer)],
        ("deep_net", "linear_activation_backward"): [dict(dA=dA, cache=(layer["cache"], Z), activation=name) for name in ("sigmoid", "relu", "tanh", "softmax")],
        ("deep_net", "L_model_forward"): [dict(X=X, parameters=deep), dict(X=X, parameters=many, hidden="tanh", **soft)],
        ("deep_net", "compute_cost"): [dict(AL=AL, Y=Y), dict(AL=AK, Y=y, **soft), dict(AL=AK, Y=T, **soft)],
        ("deep_net", "L_model_backward"): [dict(AL=AL, Y=Y, caches=caches), dict(AL=A2, Y=Y, caches=caches), dict(AL=AK, Y=y, caches=many_caches, **soft),
                                           dict(AL=AK, Y=T, caches=many_caches, **soft)],
        ("deep_net", "predict_proba"): [dict(X=X, parameters=deep), dict(X=X, parameters=many, **soft)],
        ("deep_net", "predict"): [dict(X=X, y=Y, parameters=deep), dict(X=X, y=y, parameters=many, **soft)],
        ("deep_net", "update_parameters"): [update],
        ("deep_net", "L_layer_model"): [dict(X=X, Y=Y, layers_dims=[5, 2, 1], **train)],
        ("deep_net", "two_layer_model"): [dict(X=X, Y=Y, layers_dims=[5, 2, 1], **train)],
        ("deep_net", "save_parameters"): [dict(path="net.h5", parameters=deep)],
        ("deep_net", "predict_image"): [dict(image=image, parameters={"W1": rng.standard_normal((1, 12)), "b1": np.zeros((1, 1))}, shape=(2, 2))],
    }


CASES = cases()
WEIGHTS = "w", "W", "b", "parameters"                  # arguments that stay NumPy arrays beside chunked examples


def turned(value, to):
    "The same nest of arguments with every NumPy array turned into another kind."
    if isinstance(value, np.ndarray): return to(value)
    if isinstance(value, dict): return {key: turned(entry, to) for key, entry in value.items()}
    return type(value)(turned(entry, to) for entry in value) if isinstance(value, (list, tuple)) else value


def leaves(value):
    "Everything in a nest of results that is no dict, list or tuple."
    if isinstance(value, dict): value = list(value.values())
    return [leaf for entry in value for leaf in leaves(entry)] if isinstance(value, (list, tuple)) else [] if value is None else [value]


def call(key, **arguments):
    "The function called."
    return getattr(importlib.import_module(f"nn_basics.{key[0]}"), key[1])(**arguments)


def same(result, expected, read=lambda leaf: leaf):
    "Asserts that results are equal to 1e-12, and of the same types and shapes."
    for mine, plain in zip(leaves(result), leaves(expected), strict=True):
        np.testing.assert_allclose(np.asarray(read(mine)), np.asarray(plain), rtol=0, atol=1e-12 * max(1, np.abs(plain).max()), strict=True)


def says(engine, *words):
    "The functions of which the table says one of these words for this engine."
    return pytest.mark.parametrize("key", [key for key, row in TABLE.items() if row[engine] in words], ids=".".join)


def test_the_table_lists_every_public_function_once():
    public = {(module, name) for module in MODULES for name in importlib.import_module(f"nn_basics.{module}").__all__}
    assert set(TABLE) == public and set(CASES) == {key for key, row in TABLE.items() if row["NumPy"] != "–"}
    known = {"works", "lazy", "number", "works, number", "lazy, number", "shapes", "converts", "refuses", "–"}
    assert {word for row in TABLE.values() for word in row.values()} <= known
    for module, name in [key for key in TABLE if key not in CASES]:
        assert not {"X", "Y", "Z", "y", "z", "A", "parameters"} & set(inspect.signature(getattr(importlib.import_module(f"nn_basics.{module}"), name)).parameters)


def test_numpy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for key in CASES:
        kinds = {type(leaf) for case in CASES[key] for leaf in leaves(call(key, **case))}
        arrays, numbers = any(issubclass(kind, np.ndarray) for kind in kinds), any(kind in (int, float) for kind in kinds)
        said = TABLE[key]["NumPy"]
        assert kinds <= {np.ndarray, int, float, np.float64}, (key, kinds)
        assert (arrays, numbers) == {"works": (bool(kinds), False), "works, number": (True, True), "number": (False, True), "shapes": (False, True)}.get(said, (arrays, numbers)), key


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


def chunked(array, columns=7):
    "As a Dask array, so many columns to a chunk."
    import dask.array as da
    return da.from_array(array, chunks=(*array.shape[:-1], columns))


def kept(arguments, names, columns=7):
    "Chunked, but for the arguments named."
    return {name: value if name in names else turned(value, lambda array: chunked(array, columns)) for name, value in arguments.items()}


@says("Dask", "lazy", "number", "lazy, number", "shapes")
def test_dask(key, watched):
    from dask.array import Array
    for case in CASES[key]:
        expected = call(key, **case)
        for arguments in (kept(case, ()), kept(case, WEIGHTS)):
            given = {id(leaf) for leaf in leaves(list(arguments.values()))}
            if not any(isinstance(leaf, Array) for leaf in leaves(list(arguments.values()))): continue
            watched.shapes.clear()
            result = call(key, **arguments)
            asked = [shape for shape in watched.shapes if shape != ()]
            new = [leaf for leaf in leaves(result) if id(leaf) not in given]
            assert not asked, f"{key} computes arrays of the shapes {asked}, where only numbers may be"
            assert all(isinstance(leaf, (Array, int, float)) for leaf in new), (key, [type(leaf) for leaf in new])
            assert any(isinstance(leaf, Array) for leaf in new) == ("lazy" in TABLE[key]["Dask"]), key
            assert any(isinstance(leaf, (int, float)) for leaf in new) == ("lazy" != TABLE[key]["Dask"]), key
            assert "shapes" != TABLE[key]["Dask"] or not watched.shapes
            same(result, expected, lambda leaf: leaf.compute() if isinstance(leaf, Array) else leaf)


@says("Dask", "lazy", "number", "lazy, number")
def test_dask_beside_numpy(key, watched):
    for case in CASES[key]:
        for name in [name for name, value in case.items() if any(isinstance(leaf, np.ndarray) for leaf in leaves(value))]:
            watched.shapes.clear()
            result = call(key, **kept(case, set(case) - {name}))
            assert not any(watched.shapes), f"{key} with {name} in chunks computes arrays of the shapes {watched.shapes}, where only numbers may be"
            same(result, call(key, **case), lambda leaf: leaf.compute() if hasattr(leaf, "compute") else leaf)


@says("Dask", "converts")
def test_dask_converts(key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for case in CASES[key]:
        expected = call(key, **case), deep_net.load_parameters("net.h5") if "path" in case else None
        same((call(key, **kept(case, ())), deep_net.load_parameters("net.h5") if "path" in case else None), expected)


@says("Dask", "refuses")
def test_dask_refuses(key):
    refuses(key, chunked, "is a Array of dask, but training needs a NumPy array", "X", "Y", "y", "X_train", "Y_train", "X_test")


def refuses(key, to, words, *only):
    "Asserts that each of the arguments alone, in another kind, is refused by its name."
    for case in CASES[key]:
        call_with = {name: value for name, value in case.items() if any(isinstance(leaf, np.ndarray) for leaf in leaves(value))}
        for name, value in call_with.items():
            if only and name not in only: continue
            with pytest.raises(TypeError, match=words) as refusal:
                call(key, **{**case, name: turned(value, to)})
            named = str(refusal.value).split(" is a ")[0]
            inside = list(value) if isinstance(value, dict) else ["A", "W", "b", "cache", "caches"] if isinstance(value, (tuple, list)) else [name]
            assert any(part.lower().startswith(named.lower()) for part in inside), f"{key}: {name} is refused as {named}"


@says("CuPy", "works", "number", "works, number", "shapes")
def test_as_strict_as_cupy(key):
    for case in CASES[key]:
        result = call(key, **turned(case, Device))
        assert all(isinstance(leaf, (Device, int, float)) for leaf in leaves(result)), [type(leaf) for leaf in leaves(result)]
        same(result, call(key, **case), lambda leaf: leaf.array if isinstance(leaf, Device) else leaf)


def test_what_is_handed_over_is_what_cupy_has():
    for key in [key for key in CASES if TABLE[key]["CuPy"] in ("works", "number", "works, number")]: call(key, **turned(CASES[key][0], Device))
    documented = {"absolute", "add", "arange", "bitwise_and", "bitwise_or", "diag", "divide", "equal", "exp", "greater", "greater_equal", "isfinite",
                  "less", "less_equal", "log", "log1p", "matmul", "maximum", "multiply", "ndim", "negative", "not_equal", "power", "shape", "subtract",
                  "tanh", "where", "zeros"}
    assert Device.handed <= documented, Device.handed - documented


@says("CuPy", "refuses")
def test_a_device_is_refused(key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match="needs a NumPy array|Implicit conversion|Unsupported type"):
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
            refuses(key, to, "which NumPy cannot compute with; convert it to a NumPy array first")
        else:
            arguments = {name: value if name in WEIGHTS else turned(value, to) for name, value in case[0].items()}
            assert said in ("shapes", "converts"), (key, said)
            same(call(key, **arguments), call(key, **case[0]))


def test_two_worker_processes(tmp_path):
    import dask
    from distributed import Client, LocalCluster, get_task_stream
    case = {key: CASES[key][0] for key in CASES}
    with dask.config.set({"temporary_directory": str(tmp_path)}), LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50) as cluster, Client(cluster) as client:
        pids = client.run(os.getpid)
        client.run(warnings.simplefilter, "error")     # a warning in a worker is an error there
        assert len(set(pids.values()) - {os.getpid()}) == 2
        with get_task_stream(client) as tasks:
            for key in (("logistic_regression", "propagate"), ("shallow_net", "backward_propagation"), ("deep_net", "L_model_backward")):
                held = dask.persist(kept(case[key], WEIGHTS, columns=12))[0]
                same(dask.compute(call(key, **held))[0], call(key, **case[key]))
            X, Y, huge = chunked(case["shallow_net", "nn_model"]["X"], 12), case["shallow_net", "nn_model"]["Y"], {"W1": np.full((1, 5), 1e3), "b1": np.zeros((1, 1))}
            AL, caches = deep_net.L_model_forward(X, huge)         # saturated: exactly 0 and 1
            same(dask.compute(deep_net.L_model_backward(AL, Y, caches))[0], deep_net.L_model_backward(AL.compute(), Y, turned(dask.compute(caches)[0], np.asarray)))
            logistic_regression.propagate(huge["W1"].T, 0., X, Y)
        assert {task["worker"] for task in tasks.data} == set(pids)
