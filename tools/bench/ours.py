"""The package's own functions as trainers, called as a user calls them."""
from nn_basics.deep_net import L_layer_model, two_layer_model
from nn_basics.logistic_regression import optimize
from nn_basics.shallow_net import nn_model
from nn_basics.softmax import softmax_regression
from tools.bench.jobs import SEED


def logistic(task, updates, **options):
    "One neuron."
    w, b = task.start["W1"].T, float(task.start["b1"][0, 0])
    trained = optimize(w, b, task.X, task.Y, updates, task.job.learning_rate, **options)[0]
    return {"W1": trained["w"].T, "b1": [[trained["b"]]]}


def shallow(task, updates, **options):
    "One hidden layer with tanh."
    return nn_model(task.X, task.Y, task.job.layers[1], updates, parameters=task.start,
                    learning_rate=task.job.learning_rate, **options)


def two_layers(task, updates, **options):
    "One hidden layer with ReLU."
    return two_layer_model(task.X, task.Y, task.job.layers, task.job.learning_rate, updates,
                           parameters=task.start, **options)[0]


def deep(task, updates, **options):
    "Any number of layers."
    job = task.job
    return L_layer_model(task.X, task.Y, job.layers, job.learning_rate, updates,
                         parameters=task.start, hidden=job.hidden, output=job.output,
                         **options)[0]


def softmax(task, updates, **options):
    "Softmax regression."
    start = {"W": task.start["W1"], "b": task.start["b1"]}
    trained = softmax_regression(task.X, task.Y, task.job.layers[-1], updates,
                                 task.job.learning_rate, parameters=start, **options)[0]
    return {"W1": trained["W"], "b1": trained["b"]}


MODELS = {"logistic": logistic, "shallow": shallow, "two layers": two_layers, "deep": deep,
          "softmax": softmax}


def train(task, updates, ready, order):
    "The parameters after training with `task.order`; the first update calls `ready`."
    job = task.job
    options = {} if job.batch_size is None else {"batch_size": job.batch_size, "rng": SEED}
    if not job.whole:
        options["record_every"] = job.record_every or updates
        options["callback"] = lambda iteration, *_: None if iteration else ready()
    return MODELS[job.model](task, updates, **options)
