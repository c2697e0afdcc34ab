"""Plain NumPy loops in the form of the notes: np.dot, new arrays, the cost in each step."""
import numpy as np


def sigmoid(Z):
    "The logistic function."
    return 1 / (1 + np.exp(-Z))


def binary_cost(A, Y):
    "The mean cross-entropy of probabilities (1, m)."
    return float(np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / -Y.shape[1])


def neuron_step(parameters, X, Y, job):
    "Cost and gradients of one neuron."
    m, W, b = X.shape[1], parameters["W1"], parameters["b1"]
    A = sigmoid(np.dot(W, X) + b)
    dZ = A - Y
    grads = {"W1": 1 / m * np.dot(dZ, X.T),
             "b1": 1 / m * np.sum(dZ, axis=1, keepdims=True)}
    return binary_cost(A, Y), grads


def shallow_step(parameters, X, Y, job):
    "Cost and gradients with one hidden layer of tanh."
    m, (W1, b1, W2, b2) = X.shape[1], parameters.values()
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    dZ2 = A2 - Y
    dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - np.power(A1, 2))
    grads = {"W1": 1 / m * np.dot(dZ1, X.T),
             "b1": 1 / m * np.sum(dZ1, axis=1, keepdims=True),
             "W2": 1 / m * np.dot(dZ2, A1.T),
             "b2": 1 / m * np.sum(dZ2, axis=1, keepdims=True)}
    return binary_cost(A2, Y), grads


def output_error(Z, Y, job):
    "The cost, and m times its derivative by the scores of the last layer."
    if job.output == "sigmoid":
        A = sigmoid(Z)
        dA = -(np.divide(Y, A) - np.divide(1 - Y, 1 - A))
        s = sigmoid(Z)
        return binary_cost(A, Y), dA * s * (1 - s)
    E = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    A = E / np.sum(E, axis=0, keepdims=True)
    return float(np.sum(-np.log(A) * Y) / Y.shape[1]), A - Y


def deep_step(parameters, X, Y, job):
    "Cost and gradients of a ReLU net of any depth, as in the notes by the examples too."
    m, L, A, caches, grads = X.shape[1], len(parameters) // 2, X, [], {}
    for l in range(1, L + 1):
        Z = np.add(np.dot(parameters[f"W{l}"], A), parameters[f"b{l}"])
        caches.append((A, Z))
        A = np.maximum(0, Z)
    cost, dZ = output_error(Z, Y, job)
    for l in range(L, 0, -1):
        A, _ = caches[l - 1]
        grads[f"W{l}"] = 1 / m * np.dot(dZ, A.T)
        grads[f"b{l}"] = 1 / m * np.sum(dZ, axis=1, keepdims=True)
        dA = np.dot(parameters[f"W{l}"].T, dZ)
        if l > 1:
            dZ = np.where(caches[l - 2][1] <= 0, 0, dA)
    return cost, grads


def step_for(job):
    "The step of the chapter that the job is from."
    if job.hidden == "tanh":
        return shallow_step
    return neuron_step if len(job.layers) == 2 and job.output == "sigmoid" else deep_step


def labels(task):
    "The labels in the type of X; for softmax as columns of zeros and a one."
    if task.job.output == "sigmoid":
        return task.Y.astype(task.X.dtype)
    return (np.arange(task.job.layers[-1])[:, None] == task.Y).astype(task.X.dtype)


def train(task, updates, ready, order):
    "The parameters after training; without `order`, batches are drawn from a permutation."
    X, Y, job, parameters, costs = task.X, labels(task), task.job, task.start, []
    step, size = step_for(job), job.batch_size
    ready()
    if size and order is None:
        order = task.shuffled(np.random.default_rng())
    with np.errstate(all="ignore"):
        for i in range(updates):
            columns = order[i * size:(i + 1) * size] if size else None
            examples = (X[:, columns], Y[:, columns]) if size else (X, Y)
            cost, grads = step(parameters, *examples, job)
            parameters = {key: value - job.learning_rate * grads[key]
                          for key, value in parameters.items()}
            costs.append(cost)
    return parameters
