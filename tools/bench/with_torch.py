"""PyTorch in eager mode: a module, a loss and SGD, examples in rows."""
import numpy as np
import torch
from torch import nn

from nn_basics.arguments import is_stored

HIDDEN = {"relu": nn.ReLU, "tanh": nn.Tanh}


def net(task):
    "The net with the job's start."
    sizes, dtype = task.job.layers, torch.from_numpy(task.start["b1"]).dtype
    layers = []
    for n, below in zip(sizes[1:], sizes):
        layers += [nn.Linear(below, n, dtype=dtype), HIDDEN[task.job.hidden]()]
    module = nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for l, layer in enumerate(module[::2], start=1):
            layer.weight.copy_(torch.from_numpy(task.start[f"W{l}"]))
            layer.bias.copy_(torch.from_numpy(task.start[f"b{l}"][:, 0]))
    return module


class Rows:
    "Examples of a file in rows, read as the package reads them."
    def __init__(self, X):
        self.X = X

    def __getitem__(self, rows):
        return torch.from_numpy(self.X[:, rows.numpy()].T)


def tensors(task):
    "Examples in rows, labels, and the loss that fits them."
    if is_stored(task.X):
        x = Rows(task.X)
    else:
        x = torch.from_numpy(np.ascontiguousarray(task.X.T))
    if task.job.output == "sigmoid":
        return x, torch.from_numpy(task.Y.T.astype(task.X.dtype)), nn.BCEWithLogitsLoss()
    return x, torch.from_numpy(task.Y[0].astype(np.int64)), nn.CrossEntropyLoss()


def train(task, updates, ready, order):
    "The parameters after training; without `order`, batches are drawn by randperm."
    (x, y, loss), module, size = tensors(task), net(task), task.job.batch_size
    optimizer = torch.optim.SGD(module.parameters(), lr=task.job.learning_rate)
    ready()
    if size:
        if order is None:
            order = (task.shuffled(np.random.default_rng()) if is_stored(task.X)
                     else torch.randperm(task.examples))
        order = torch.as_tensor(order)
    for i in range(updates):
        rows = order[i * size:(i + 1) * size] if size else slice(None)
        optimizer.zero_grad()
        loss(module(x[rows]), y[rows]).backward()
        optimizer.step()
    found = {}
    for l, layer in enumerate(module[::2], start=1):
        found[f"W{l}"] = layer.weight.detach().numpy()
        found[f"b{l}"] = layer.bias.detach().numpy()[:, None]
    return found
