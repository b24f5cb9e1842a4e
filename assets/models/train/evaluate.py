"""Measures a demand-quantiles model on evaluation series it was never trained on, and its ONNX graph against the trainer's.

    python evaluate.py ../demand-quantiles-v1.onnx cj_weekly.csv:500 cj_daily.csv:500 [--rest] [--scores DIR]
    python evaluate.py --parity

A series file has the columns unique_id,freq,season,h,train,test. `:N` takes N evenly spaced rows; `--rest` takes the others
instead (used while developing, so that the N rows stay unseen). `--scores` also writes point and quantile forecasts.
"""

import argparse
import csv
import os
import time

import numpy as np
import onnxruntime

import net
import retail

LEVELS = np.array(net.LEVELS)


def session(path):
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, o, providers=["CPUExecutionProvider"])


def read(path, take, rest):
    csv.field_size_limit(1 << 24)
    rows = list(csv.reader(open(path)))[1:]
    if take and take < len(rows):
        chosen = {int(i * len(rows) / take) for i in range(take)}
        rows = [r for i, r in enumerate(rows) if (i in chosen) != rest]
    return [(r[0], int(r[2]), int(r[3]), np.array(r[4].split(), float), np.array(r[5].split(), float)) for r in rows]


def inputs(series):
    """What the caller of the model prepares: left-padded context, observed, seasonal path."""
    n = len(series)
    context, observed, season = (np.zeros((n, k), np.float32) for k in (net.CONTEXT, net.CONTEXT, net.HORIZON))
    for i, (_, _, _, x, _) in enumerate(series):
        k = min(net.CONTEXT, len(x))
        context[i, -k:], observed[i, -k:] = x[-k:], 1
    fallback = retail.recent_mean(context, observed)
    for m in {s[1] for s in series}:
        rows = np.array([s[1] == m for s in series])
        usable = m if m == 7 else 1
        season[rows] = retail.seasonal_path(context[rows], observed[rows], usable, fallback[rows])
    return {"context": context, "observed": observed, "season": season}


def change(x, m, power=1):
    m = m if len(x) > m else 1
    return (np.abs(x[m:] - x[:-m]) ** power).mean() if len(x) > m else 0.0


def measure(series, quantiles):
    """Mean over series: MASE of the median, RMSSE of the mean of quantiles, scaled pinball, coverage of .1-.9, and below each level."""
    mase, rmsse, pinball, inside, under = [], [], [], [], []
    for (_, m, h, x, y), q in zip(series, quantiles):
        q, point = q[:h], q[:h].mean(1)
        s = change(x, m)
        if s > 0:
            e = y[:, None] - q
            mase.append(np.abs(y - q[:, 4]).mean() / s)
            pinball.append(2 * np.maximum(LEVELS * e, (LEVELS - 1) * e).mean() / s)
        r = change(np.trim_zeros(x, "f"), 1, 2)
        if r > 0:
            rmsse.append(np.sqrt(((y - point) ** 2).mean() / r))
        inside.append(((y >= q[:, 0]) & (y <= q[:, 8])).mean())
        under.append((y[:, None] <= q).mean(0))
    return {"MASE": np.mean(mase), "RMSSE": np.mean(rmsse), "pinball": np.mean(pinball), "cover80": np.mean(inside),
            "bias": np.mean([(q[:s[2]].mean() - s[4].mean()) for s, q in zip(series, quantiles)]) / np.mean([s[4].mean() for s in series]),
            "under": np.round(np.mean(under, 0), 2)}


def parity(path, weights):
    """Largest relative difference between the ONNX file and the trainer's forward pass on made-up rows."""
    rng = np.random.default_rng(99)
    rows = [np.concatenate(p) for p in zip(*(retail.windows(rng, 60, 4, k) for k in retail.PERIODS))]
    rows[0][0], rows[1][0], rows[2][0] = 0, 0, 0  # nothing observed at all
    rows[0][1] -= 1  # some values below zero
    got = session(path).run(None, {"context": rows[0], "observed": rows[1], "season": rows[2]})[0]
    q, scale = net.forward(weights, *rows[:3])
    want = np.maximum(np.asarray(q), 0) * np.asarray(scale)[:, :, None]
    assert np.isfinite(got).all() and (got >= 0).all() and (np.diff(got, axis=2) >= 0).all()
    worst = float(np.max(np.abs(got - want) / (np.abs(want) + np.asarray(scale)[:, :, None])))
    assert worst < 1e-4, worst
    return worst


def weights_of(path):
    """The weights back out of an ONNX file, by their order in the graph."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    names = ["in"] + [n for k in range(net.BLOCKS) for n in (f"b{k}n", f"b{k}1", f"b{k}2")] + ["norm", "out"]
    w = {}
    for name, node in zip(names, [n for n in graph.node if n.op_type in ("Gemm", "LayerNormalization")]):
        a, b = tensors[node.input[1]], tensors[node.input[2]]
        pair = (f"{name[:-1]}_g", f"{name[:-1]}_c") if name.endswith("n") and name != "in" else \
               ("norm_g", "norm_b") if name == "norm" else \
               (f"{name[:-1]}_w{name[-1]}", f"{name[:-1]}_b{name[-1]}") if name[0] == "b" else (f"{name}_w", f"{name}_b")
        w[pair[0]], w[pair[1]] = a, b
    return w


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    options = argparse.ArgumentParser()
    options.add_argument("model", nargs="?", default=os.path.join(here, "..", "demand-quantiles-v1.onnx"))
    options.add_argument("sets", nargs="*")
    options.add_argument("--rest", action="store_true")
    options.add_argument("--scores")
    options.add_argument("--parity", action="store_true")
    a = options.parse_args()
    if a.parity:
        print("ONNX against the trainer, worst relative difference: %.1e" % parity(a.model, weights_of(a.model)))
    run = session(a.model)
    for spec in a.sets:
        path, _, take = spec.partition(":")
        series = read(path, int(take or 0), a.rest)
        feed = inputs(series)
        run.run(None, {k: v[:8] for k, v in feed.items()})
        began = time.process_time()
        q = np.concatenate([run.run(None, {k: v[i : i + 256] for k, v in feed.items()})[0] for i in range(0, len(series), 256)])
        spent = time.process_time() - began
        found = measure(series, q)
        name = os.path.basename(path)[:-4]
        print(name, len(series), " ".join(f"{k} {v:.4f}" if np.isscalar(v) else f"{k} {v}" for k, v in found.items()),
              f"{len(series) / max(spent, 1e-9):.0f} series/CPU s", flush=True)
        if a.scores:
            os.makedirs(os.path.join(a.scores, "quantiles"), exist_ok=True)
            number = lambda v: " ".join("%.5g" % z for z in v)  # noqa: E731
            with open(os.path.join(a.scores, f"{name}-{len(series)}.csv"), "w") as f, \
                 open(os.path.join(a.scores, "quantiles", f"{name}-{len(series)}.csv"), "w") as g:
                for s, z in zip(series, q):
                    f.write(f"net,{s[0]},{number(z[: s[2]].mean(1))}\n")
                    for k, level in enumerate(net.LEVELS):
                        g.write(f"net,{s[0]},{level},{number(z[: s[2], k])}\n")
