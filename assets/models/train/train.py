"""Trains demand-quantiles-v1 on made-up retail series and writes ../demand-quantiles-v1.onnx and the manifest.

    python train.py [--steps 22000] [--seed 1] [--out ..]

One thread, seeded, a fixed number of steps: the same machine and packages give the same file.
"""

import os

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
os.environ.update(NPROC="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", JAX_PLATFORMS="cpu")

import argparse  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import net  # noqa: E402
import retail  # noqa: E402

NAME = "demand-quantiles-v1"
BATCH, PEAK = 256, 1.5e-3
SERIES, PER_SERIES = 2500, 12  # per period and refill: every window is seen once
MEAN_WEIGHT = 0.15


def refill(rng):
    """One lot of windows of both periods, shuffled."""
    lots = [retail.windows(rng, SERIES, PER_SERIES, period) for period in retail.PERIODS]
    rows = [np.concatenate(pair) for pair in zip(*lots)]
    order = rng.permutation(len(rows[0]))
    return [r[order] for r in rows]


def loss_of(weights, context, observed, season, target, wanted):
    """Pinball over the series' own step-to-step change, plus a little squared error of the quantiles' mean.

    The second term makes the mean of the nine quantiles usable as a point forecast on intermittent demand."""
    q, scale = net.forward(weights, context, observed, season)
    q = jnp.where(q > 0, q, 0.02 * q)  # almost the shipped cut at zero, but never without a gradient
    y = jnp.minimum(target / scale, 30.0)[:, :, None]
    both = observed[:, 1:] * observed[:, :-1]
    change = (jnp.abs(context[:, 1:] - context[:, :-1]) * both).sum(1) / jnp.maximum(both.sum(1), 1)
    unit = jnp.maximum(change[:, None] / scale, 0.1)
    steps = jnp.maximum(wanted.sum(1), 1)
    e = y - q
    levels = jnp.asarray(net.LEVELS, jnp.float32)
    pinball = (jnp.maximum(levels * e, (levels - 1) * e).mean(2) * wanted).sum(1) / steps / unit[:, 0]
    off = jnp.clip(e.mean(2) / unit, -6, 6)
    square = (off * off * wanted).sum(1) / steps
    return (jnp.minimum(pinball, 5) + MEAN_WEIGHT * jnp.minimum(square, 10)).mean(), pinball.mean()


@jax.jit
def step(state, rate, *rows):
    """One AdamW step and the running average of the weights that is shipped."""
    w, m, v, average, t = state
    (loss, pinball), g = jax.value_and_grad(loss_of, has_aux=True)(w, *rows)
    size = jnp.sqrt(sum((a * a).sum() for a in g.values()))
    g = {k: a * jnp.minimum(1, 1 / size) for k, a in g.items()}
    t = t + 1
    m = {k: 0.9 * m[k] + 0.1 * g[k] for k in g}
    v = {k: 0.98 * v[k] + 0.02 * g[k] * g[k] for k in g}
    c1, c2 = 1 - 0.9**t, 1 - 0.98**t
    w = {k: w[k] - rate * (m[k] / c1 / (jnp.sqrt(v[k] / c2) + 1e-8) + (0.01 * w[k] if w[k].ndim == 2 else 0)) for k in g}
    keep = jnp.minimum(0.999, 1 - 1 / t)
    average = {k: keep * average[k] + (1 - keep) * w[k] for k in g}
    return (w, m, v, average, t), loss, pinball


def train(steps, seed, log=print):
    rng = np.random.default_rng(seed)
    w = {k: jnp.asarray(a) for k, a in net.initial(seed).items()}
    nothing = {k: jnp.zeros_like(a) for k, a in w.items()}
    state = (w, nothing, dict(nothing), dict(w), jnp.float32(0))
    log(f"{sum(a.size for a in w.values())} weights")
    rows, at, began, made, shown = None, 0, time.time(), 0.0, []
    for i in range(steps):
        if rows is None or at + BATCH > len(rows[0]):
            now = time.time()
            rows, at = refill(rng), 0
            made += time.time() - now
        batch = [r[at : at + BATCH] for r in rows]
        at += BATCH
        rate = PEAK * min(1, (i + 1) / 300) * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * i / steps)))
        state, loss, pinball = step(state, jnp.float32(rate), *batch)
        if (i + 1) % 500 == 0:
            shown.append(float(pinball))
            log(f"{i + 1}/{steps} loss {float(loss):.4f} pinball {np.mean(shown[-8:]):.4f} "
                f"{time.time() - began:.0f} s, of which series {made:.0f} s, CPU {time.process_time():.0f} s")
    return {k: np.asarray(a) for k, a in state[3].items()}


def write(weights, out):
    """The ONNX file and the manifest next to it."""
    path = os.path.join(out, NAME + ".onnx")
    net.to_onnx(weights, path)
    data = open(path, "rb").read()
    entry = {"name": NAME, "file": NAME + ".onnx", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data),
             "context": net.CONTEXT, "horizon": net.HORIZON, "quantiles": list(net.LEVELS),
             "trained_on": "synthetic retail series only (train/retail.py)", "card": NAME + ".md"}
    with open(os.path.join(out, "manifest.json"), "w") as f:
        f.write(json.dumps({"models": [entry]}, indent=2) + "\n")
    print(entry["file"], entry["bytes"], entry["sha256"])


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    options = argparse.ArgumentParser()
    options.add_argument("--steps", type=int, default=22000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", default=os.path.join(here, ".."))
    a = options.parse_args()
    write(train(a.steps, a.seed, lambda s: print(s, flush=True)), a.out)
