"""JAX: the whole training as one compiled loop, examples in rows."""
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from nn_basics.arguments import is_stored
from tools.bench.measure import Unable

HIDDEN = {"relu": jax.nn.relu, "tanh": jnp.tanh}


def cost(layers, x, y, hidden, output):
    "The mean loss."
    for W, b in layers[:-1]:
        x = HIDDEN[hidden](x @ W + b)
    z = x @ layers[-1][0] + layers[-1][1]
    if output == "sigmoid":
        return jnp.mean(jnp.logaddexp(0, z) - z * y)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))


@partial(jax.jit, static_argnames=("hidden", "output", "size"))
def loop(layers, x, y, order, learning_rate, updates, hidden, output, size):
    "All updates; compiled once, whatever their number."
    def update(i, layers):
        if size:
            rows = lax.dynamic_slice_in_dim(order, i * size, size)
            grads = jax.grad(cost)(layers, x[rows], y[rows], hidden, output)
        else:
            grads = jax.grad(cost)(layers, x, y, hidden, output)
        return jax.tree.map(lambda p, g: p - learning_rate * g, layers, grads)
    return lax.fori_loop(0, updates, update, layers)


def train(task, updates, ready, order):
    "The parameters after training; without `order`, JAX permutes the examples for batches."
    if is_stored(task.X):
        raise Unable("a compiled loop takes arrays, not a file")
    job, L, dtype = task.job, len(task.job.layers) - 1, task.X.dtype
    jax.config.update("jax_enable_x64", dtype == np.float64)
    x = jnp.asarray(task.X.T)
    y = task.Y.T.astype(dtype) if job.output == "sigmoid" else task.Y[0].astype(np.int32)
    y = jnp.asarray(y)
    layers = [(jnp.asarray(task.start[f"W{l}"].T), jnp.asarray(task.start[f"b{l}"][:, 0]))
              for l in range(1, L + 1)]
    jax.block_until_ready((x, y, layers))
    ready()
    if job.batch_size:
        order = (jax.random.permutation(jax.random.key(updates), task.examples)
                 if order is None else jnp.asarray(order.astype(np.int32)))
    trained = loop(layers, x, y, order, dtype.type(job.learning_rate), updates,
                   job.hidden, job.output, job.batch_size)
    found = {}
    for l, (W, b) in enumerate(jax.block_until_ready(trained), start=1):
        found[f"W{l}"], found[f"b{l}"] = np.asarray(W.T), np.asarray(b[:, None])
    return found
