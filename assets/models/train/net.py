"""The net, written twice over the same weights: `forward` (JAX, trains) and `to_onnx` (the shipped graph).

In: raw demand windows (context, observed, season). Out: nine quantiles per step, in the units of the context.
Shape: demand over its own mean -> asinh -> residual MLP -> per step, a softmax over simple forecasts (recent means,
weekday means, seasonal path, same weeks last year) as the median's base, plus corrections and positive steps
between levels. Cut at zero at the end, so it is monotone and never negative by construction.

Does not know where the rows come from. Checked against each other by `evaluate.py --parity`.
"""

import numpy as np

CONTEXT, HORIZON, LEVELS = 128, 32, tuple(i / 10 for i in range(1, 10))
WIDTH, BLOCKS = 256, 3
PRIOR = 0.3  # how many steps of "its usual mean" a thin weighted mean is shrunk by


def averaging():
    """Constant weights [128, k] of the simple forecasts, and how their k columns spread over the horizon.

    Columns: 6 recent means (flat), 3 x 7 weekday means, 32 same-weeks-last-year means."""
    ago = np.arange(CONTEXT, 0, -1)  # 1 = newest
    flat = [(ago <= w) / 1.0 for w in (2, 4, 8, 16, 36)] + [np.ones(CONTEXT)]
    phase = [((-ago) % 7 == k) * (ago <= 7 * w) for w in (3, 8, 18) for k in range(7)]
    year = [np.select([ago == 52 - h, np.abs(ago - (52 - h)) == 1, ago == 104 - h], [1.0, 0.5, 0.5], 0.0) for h in range(HORIZON)]
    return np.stack(flat + phase + year, 1).astype(np.float32)


AVERAGES = averaging()
FLAT, PHASES = 6, 21
BASES = FLAT + 3 + 1 + 1
INPUTS = CONTEXT * 2 + HORIZON + AVERAGES.shape[1] + 5


def spread():
    """[59, 32 * 10] zero/one matrix: averages to (step, base) without the seasonal path."""
    m = np.zeros((AVERAGES.shape[1], HORIZON, BASES - 1), np.float32)
    for h in range(HORIZON):
        for k in range(FLAT):
            m[k, h, k] = 1
        for w in range(3):
            m[FLAT + 7 * w + h % 7, h, FLAT + w] = 1
        m[FLAT + PHASES + h, h, FLAT + 3] = 1
    return m.reshape(AVERAGES.shape[1], -1)


SPREAD = spread()
HEAD = HORIZON * (BASES + len(LEVELS))


def initial(seed):
    rng = np.random.default_rng(seed)

    def dense(i, o, gain=1.0):
        return (rng.standard_normal((i, o)) * gain / np.sqrt(i)).astype(np.float32)

    zeros, ones = (lambda k: np.zeros(k, np.float32)), (lambda k: np.ones(k, np.float32))
    w = {"in_w": dense(INPUTS, WIDTH), "in_b": zeros(WIDTH), "norm_g": ones(WIDTH), "norm_b": zeros(WIDTH),
         "out_w": dense(WIDTH, HEAD, 0.05), "out_b": zeros(HEAD)}
    for k in range(BLOCKS):
        w |= {f"b{k}_g": ones(WIDTH), f"b{k}_c": zeros(WIDTH), f"b{k}_w1": dense(WIDTH, WIDTH), f"b{k}_b1": zeros(WIDTH),
              f"b{k}_w2": dense(WIDTH, WIDTH, 0.3), f"b{k}_b2": zeros(WIDTH)}
    return w


def forward(w, context, observed, season):
    """Quantiles over the scale before the cut at zero [n, 32, 9], and the scale [n, 1]."""
    import jax
    import jax.numpy as jnp

    x, season = jnp.maximum(context, 0) * observed, jnp.maximum(season, 0)  # a day of net returns counts as no demand
    count = observed.sum(1, keepdims=True)
    scale = jnp.maximum(x.sum(1, keepdims=True) / jnp.maximum(count, 1), 0.5 / (count + 1))
    x, path = x / scale, season / scale
    average = (x @ AVERAGES + PRIOR) / (observed @ AVERAGES + PRIOR)
    shown = jnp.maximum(count, 1)
    zero = (observed * jnp.exp(-30 * x)).sum(1, keepdims=True) / shown
    swing = (observed * jnp.abs(x - 1)).sum(1, keepdims=True) / shown
    facts = jnp.concatenate([jnp.log(scale) / 3, jnp.log(1 + count) / 3, zero, jnp.arcsinh(swing), jnp.arcsinh(jnp.log1p(scale))], 1)
    z = jnp.concatenate([jnp.arcsinh(x), observed, jnp.arcsinh(path), jnp.arcsinh(average), facts], 1) @ w["in_w"] + w["in_b"]

    def norm(z, g, b):
        d = z - z.mean(1, keepdims=True)
        return d / jnp.sqrt((d * d).mean(1, keepdims=True) + 1e-5) * g + b

    for k in range(BLOCKS):
        a = norm(z, w[f"b{k}_g"], w[f"b{k}_c"]) @ w[f"b{k}_w1"] + w[f"b{k}_b1"]
        z = z + (a * jax.nn.sigmoid(a)) @ w[f"b{k}_w2"] + w[f"b{k}_b2"]
    out = (norm(z, w["norm_g"], w["norm_b"]) @ w["out_w"] + w["out_b"]).reshape(-1, HORIZON, BASES + 9)
    bases = jnp.concatenate([(average @ SPREAD).reshape(-1, HORIZON, BASES - 1), path[:, :, None]], 2)
    level = (jax.nn.softmax(out[:, :, :BASES], 2) * bases).sum(2, keepdims=True)
    middle = level * (1 + out[:, :, BASES : BASES + 1])
    step = jax.nn.softplus(out[:, :, BASES + 1 :] - 1.5) * (level + 0.1)
    low, high = jnp.cumsum(step[:, :, 3::-1], 2)[:, :, ::-1], jnp.cumsum(step[:, :, 4:], 2)
    return jnp.concatenate([middle - low, middle, middle + high], 2), scale


def to_onnx(w, path):
    """The same graph in opset 17, standard operators only, weights inside the file."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, known = [], [], {}

    def const(value):
        value = np.asarray(value)
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in known:
            known[key] = f"c{len(known)}"
            constants.append(numpy_helper.from_array(value, known[key]))
        return known[key]

    def op(kind, *inputs, name=None, **attributes):
        inputs = [i if isinstance(i, str) else const(np.float32(i) if isinstance(i, float) else i) for i in inputs]
        name = name or f"{kind.lower()}{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    row = np.array([1], np.int64)
    total = lambda a: op("ReduceSum", a, row, keepdims=1)  # noqa: E731
    x = op("Mul", op("Relu", "context"), "observed")
    count = total("observed")
    shown = op("Max", count, 1.0)
    scale = op("Max", op("Div", total(x), shown), op("Div", 0.5, op("Add", count, 1.0)))
    x, season = op("Div", x, scale), op("Div", op("Relu", "season"), scale)
    average = op("Div", op("Add", op("MatMul", x, AVERAGES), PRIOR), op("Add", op("MatMul", "observed", AVERAGES), PRIOR))
    zero = op("Div", total(op("Mul", "observed", op("Exp", op("Mul", x, -30.0)))), shown)
    swing = op("Div", total(op("Mul", "observed", op("Abs", op("Sub", x, 1.0)))), shown)
    facts = (op("Div", op("Log", scale), 3.0), op("Div", op("Log", op("Add", count, 1.0)), 3.0), zero, op("Asinh", swing),
             op("Asinh", op("Log", op("Add", scale, 1.0))))
    z = op("Concat", op("Asinh", x), "observed", op("Asinh", season), op("Asinh", average), *facts, axis=1)
    z = op("Gemm", z, w["in_w"], w["in_b"])
    norm = lambda z, g, b: op("LayerNormalization", z, g, b, axis=-1, epsilon=1e-5)  # noqa: E731
    for k in range(BLOCKS):
        a = op("Gemm", norm(z, w[f"b{k}_g"], w[f"b{k}_c"]), w[f"b{k}_w1"], w[f"b{k}_b1"])
        a = op("Gemm", op("Mul", a, op("Sigmoid", a)), w[f"b{k}_w2"], w[f"b{k}_b2"])
        z = op("Add", z, a)
    out = op("Gemm", norm(z, w["norm_g"], w["norm_b"]), w["out_w"], w["out_b"])
    shape = lambda a, k: op("Reshape", a, np.array([-1, HORIZON, k], np.int64))  # noqa: E731
    last = np.array([2], np.int64)
    out = shape(out, BASES + 9)
    cut = lambda a, i, j: op("Slice", a, np.array([i], np.int64), np.array([j], np.int64), last)  # noqa: E731
    bases = op("Concat", shape(op("MatMul", average, SPREAD), BASES - 1), op("Unsqueeze", season, last), axis=2)
    level = op("ReduceSum", op("Mul", op("Softmax", cut(out, 0, BASES), axis=2), bases), last, keepdims=1)
    middle = op("Mul", level, op("Add", cut(out, BASES, BASES + 1), 1.0))
    step = op("Mul", op("Softplus", op("Sub", cut(out, BASES + 1, BASES + 9), 1.5)), op("Add", level, 0.1))
    # running sums, not a matrix product: adding one positive step after the other keeps the order exactly
    low = op("Sub", middle, op("CumSum", cut(step, 0, 4), np.int64(2), reverse=1))
    high = op("Add", middle, op("CumSum", cut(step, 4, 8), np.int64(2)))
    q = op("Relu", op("Concat", low, middle, high, axis=2))
    op("Mul", q, op("Unsqueeze", scale, last), name="quantiles")

    tensor = lambda n, *s: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", *s])  # noqa: E731
    graph = helper.make_graph(nodes, "demand_quantiles",
                              [tensor("context", CONTEXT), tensor("observed", CONTEXT), tensor("season", HORIZON)],
                              [tensor("quantiles", HORIZON, 9)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="train.py")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
