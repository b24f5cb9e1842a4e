"""Turns a seed into made-up retail demand: no real series is read here.

Each series is a rate that moves (level, week, year, trend, promotions, holidays, launch, end of life) seen through a
counting process (Poisson, negative binomial, compound, packs, zero-inflated, or nearly smooth), then through the
gaps a warehouse has (closed days, out of stock, missing days). Nothing is fitted to a data set: every range is wide.

Does not know the net. Start at `windows`; `daily`/`weekly` differ only in the numbers of `PERIODS`.
"""

import numpy as np

CONTEXT, HORIZON = 128, 32

# steps in a week and a year, length of a simulated history, and how fast a rate may wander per step
PERIODS = {
    "daily": dict(week=7, year=365.25, length=420, centre=-0.35, spread=0.5, lowest=-1.7, highest=2.3,
                  walks=(0.0, 0.004, 0.01, 0.02, 0.04), days=1),
    "weekly": dict(week=1, year=52.18, length=260, centre=0.6, spread=0.5, lowest=-1.0, highest=3.6,
                   walks=(0.0, 0.01, 0.025, 0.05, 0.10), days=7),
}


def some(rng, n, share):
    """True for about `share` of n series, as a column."""
    return rng.random((n, 1)) < share


def markov(rng, n, length, p_on, p_off):
    """On/off runs: geometric waits between runs and geometric run lengths; p_on, p_off are [n]."""
    on = np.empty((n, length), bool)
    state = rng.random(n) < p_on / (p_on + p_off)
    for t in range(length):
        u = rng.random(n)
        state = np.where(state, u >= p_off, u < p_on)
        on[:, t] = state
    return on


def rate(rng, n, p):
    """Expected demand per step before any gap, [n, length], and the step each series is launched at."""
    length, t = p["length"], np.arange(p["length"])
    log10 = np.where(rng.random(n) < 0.6, rng.normal(p["centre"], p["spread"], n), rng.uniform(p["lowest"], p["highest"], n))
    log_rate = np.repeat((np.clip(log10, p["lowest"], p["highest"]) * np.log(10))[:, None], length, 1)

    # level: a random walk, or a wandering that returns to its mean
    steps = rng.standard_normal((n, length), dtype=np.float32)
    sigma = rng.choice(p["walks"], n, p=(0.40, 0.25, 0.20, 0.10, 0.05))
    walk = np.cumsum(steps * sigma[:, None], 1)
    phi, sd = 1 - 10 ** rng.uniform(-1.9, -0.3, n), rng.uniform(0.03, 0.4, n)
    back, state = np.empty_like(steps), rng.standard_normal(n) * sd
    for i in range(length):
        state = phi * state + sd * np.sqrt(1 - phi**2) * steps[:, i]
        back[:, i] = state
    log_rate += np.where(some(rng, n, 0.4), back, walk)

    # trend of the whole history, and jumps that stay
    log_rate += some(rng, n, 0.25) * rng.normal(0, 0.5, (n, 1)) * (t / p["year"])
    for share in (0.2, 0.07):
        at = rng.integers(0, length, (n, 1))
        log_rate += some(rng, n, share) * rng.normal(0, 0.7, (n, 1)) * (t >= at)

    # year: smooth harmonics; a few items that live on one season only
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    strength = some(rng, n, 0.5) * np.abs(rng.normal(0, 0.35, (n, 1)))
    angle = 2 * np.pi * t / p["year"] + phase
    log_rate += strength * (np.cos(angle) + rng.normal(0, 0.5, (n, 1)) * np.cos(2 * angle + phase))
    away = (t / p["year"] + rng.random((n, 1)) + 0.5) % 1 - 0.5
    log_rate -= some(rng, n, 0.04) * np.minimum((away / rng.uniform(0.08, 0.25, (n, 1))) ** 2, 8)

    # holidays: the same few days each year
    for _ in range(3):
        away = ((t / p["year"] + rng.random((n, 1)) + 0.5) % 1 - 0.5) * 365
        log_rate += some(rng, n, 0.2) * rng.normal(0.4, 0.6, (n, 1)) * np.exp(-((away / rng.uniform(2, 8, (n, 1))) ** 2))

    # week: one pattern, drifting a little
    if p["week"] > 1:
        strength = some(rng, n, 0.7) * rng.uniform(0.05, 0.6, (n, 1))
        pattern = rng.standard_normal((n, 7)) * strength
        pattern[:, 5:] += strength * rng.normal(0.5, 0.7, (n, 1))
        pattern -= np.log(np.exp(pattern).mean(1, keepdims=True))
        log_rate += pattern[:, t % 7]

    # promotions: bursts, or a fixed rhythm
    d = p["days"]
    waits, runs = rng.uniform(10, 120, n) / d, np.maximum(rng.uniform(3, 21, n) / d, 1.05)
    bursts = markov(rng, n, length, np.minimum(1 / waits, 0.9), np.minimum(1 / runs, 0.95))
    period = rng.integers(2, 13, (n, 1)) * (7 // d)
    rhythm = ((t + rng.integers(0, 84, (n, 1))) % period) < np.maximum(7 // d, 1)
    kind, lift = rng.random((n, 1)), rng.uniform(0.15, 1.9, (n, 1))
    on = np.where(kind < 0.30, bursts, rhythm & (kind < 0.40))
    dip = np.zeros_like(on)
    dip[:, 7 // d :] = on[:, : -(7 // d)] & ~on[:, 7 // d :]
    log_rate += lift * on - some(rng, n, 0.3) * 0.3 * lift * dip

    mean = np.exp(np.clip(log_rate, -9, 10))

    # launch with a ramp, and end of life
    launched = np.where(rng.random(n) < 0.3, rng.integers(0, length - HORIZON - 4, n), 0)
    since = t - launched[:, None]
    settle = rng.uniform(2, 60, (n, 1)) / d
    ramp = 1 + rng.uniform(-0.9, 1.5, (n, 1)) * np.exp(-np.maximum(since, 0) / settle)
    mean *= np.where((launched > 0)[:, None] & some(rng, n, 0.7), np.maximum(ramp, 0.02), 1) * (since >= 0)
    ending = rng.integers(length // 4, length, (n, 1))
    fade = np.exp(-np.maximum(t - ending, 0) / (rng.uniform(0.5, 60, (n, 1)) / d))
    mean *= np.where(some(rng, n, 0.10), np.where(fade < 0.02, 0, fade), 1)
    return mean, launched


def observe(rng, mean):
    """Demand drawn around `mean`: each series is seen through one of six counting processes."""
    n, length = mean.shape
    out = np.empty((n, length), np.float32)
    kind = rng.choice(6, n, p=(0.15, 0.32, 0.15, 0.08, 0.12, 0.18))
    for k in range(6):
        rows = np.flatnonzero(kind == k)
        m, c = mean[rows], len(rows)
        if k == 0:  # Poisson
            y = rng.poisson(m)
        elif k == 1:  # negative binomial
            r = 10 ** rng.uniform(-0.6, 1.5, (c, 1))
            y = rng.poisson(rng.standard_gamma(np.broadcast_to(r, m.shape)) * m / r)
        elif k == 2:  # orders of geometric size
            size = 1 + rng.gamma(1.0, 1.5, (c, 1))
            orders = rng.poisson(m / size)
            extra = rng.negative_binomial(np.maximum(orders, 1), np.broadcast_to(1 / size, m.shape))
            y = orders + np.where(orders > 0, extra, 0)
        elif k == 3:  # whole packs
            pack = rng.choice((2, 3, 4, 6, 12, 24), (c, 1))
            y = pack * rng.poisson(m / pack)
        elif k == 4:  # long gaps between demands (the ADI / CV2 square)
            share = rng.uniform(0.08, 0.9, (c, 1))
            r = 10 ** rng.uniform(-0.2, 1.5, (c, 1))
            size = rng.standard_gamma(np.broadcast_to(r, m.shape)) * m / r / share
            y = (rng.random(m.shape) < share) * np.ceil(size)
        else:  # nearly smooth, as totals of many customers are
            m = m * np.where(rng.random((c, 1)) < 0.5, 10 ** rng.uniform(0, 2.5, (c, 1)), 1)
            y = m * np.exp(rng.standard_normal(m.shape) * 10 ** rng.uniform(-2.3, -0.4, (c, 1)))
            y = np.where((rng.random((c, 1)) < 0.7) | (m > 50), np.rint(y), y)
        out[rows] = y
    bulk = some(rng, n, 0.15) & (rng.random((n, length)) < 0.01)
    out = np.where(bulk, np.rint(out * rng.uniform(2, 8, (n, 1)) + rng.poisson(3, (n, 1))), out)
    # other units: kilograms, hundreds
    return out * np.where(some(rng, n, 0.08), 10 ** rng.uniform(-1.5, 1.5, (n, 1)), 1)


def gaps(rng, demand, launched, p):
    """Zeros and missing steps: (demand, observed)."""
    n, length = demand.shape
    t, d = np.arange(length), p["days"]
    observed = np.ones((n, length), bool)
    # out of stock: zero sales, marked missing for those who keep stock records
    runs = np.maximum(rng.uniform(2, 25, n) / d, 1.05)
    out = some(rng, n, 0.12) & markov(rng, n, length, np.full(n, d / 120), np.minimum(1 / runs, 0.95))
    known = some(rng, n, 0.5)
    observed &= ~(out & known)
    demand = np.where(out & ~known, 0, demand)
    if d == 1:
        shut = some(rng, n, 0.06) & ((t + rng.integers(0, 7, (n, 1))) % 7 == 0)
        as_missing = some(rng, n, 0.5)
        observed &= ~(shut & as_missing)
        demand = np.where(shut & ~as_missing, 0, demand)
    observed &= ~(some(rng, n, 0.1) & (rng.random((n, length)) < rng.uniform(0, 0.2, (n, 1))))
    # before launch: absent for most, zeros for those whose listing date nobody recorded
    observed &= (t >= launched[:, None]) | some(rng, n, 0.35)
    return demand.astype(np.float32), observed


def seasonal_path(context, observed, season, fallback):
    """The seasonal-naive path: same phase one season ago; a hole takes the season before, then `fallback` ([n])."""
    n = len(context)
    path = np.repeat(fallback[:, None], HORIZON, 1).astype(np.float32)
    if season <= 1:
        return path
    filled = np.zeros((n, HORIZON), bool)
    for back in range(1, 4):
        at = CONTEXT - season * back + np.arange(HORIZON) % season
        ok = (at >= 0) & ~filled & (observed[:, np.maximum(at, 0)] > 0)
        path = np.where(ok, context[:, np.maximum(at, 0)], path)
        filled |= ok
    return path


def recent_mean(context, observed, count=8):
    """Mean of the last `count` observed values; 0 where nothing was observed."""
    after = np.cumsum(observed[:, ::-1], 1)[:, ::-1]
    use = observed * (after <= count)
    return (context * use).sum(1) / np.maximum(use.sum(1), 1)


def windows(rng, series, per_series, period):
    """Training rows of one period: context, observed, season, target, target_observed."""
    p = PERIODS[period]
    mean, launched = rate(rng, series, p)
    demand, observed = gaps(rng, observe(rng, mean), launched, p)
    first = np.argmax(observed, 1)
    who = np.repeat(np.arange(series), per_series)
    n = len(who)
    earliest = np.minimum(first[who] + 2, p["length"] - HORIZON)
    end = earliest + (rng.random(n) * (p["length"] - HORIZON + 1 - earliest)).astype(int)
    # history length: often all there is, else from a handful of steps upwards
    span = np.where(rng.random(n) < 0.45, CONTEXT, np.exp(rng.uniform(np.log(4), np.log(CONTEXT + 1), n)).astype(int))
    at = end[:, None] - CONTEXT + np.arange(CONTEXT)
    seen = observed[who[:, None], np.maximum(at, 0)] & (at >= 0) & (np.arange(CONTEXT) >= CONTEXT - span[:, None])
    context = (demand[who[:, None], np.maximum(at, 0)] * seen).astype(np.float32)
    seen = seen.astype(np.float32)
    ahead = end[:, None] + np.arange(HORIZON)
    target, wanted = demand[who[:, None], ahead], observed[who[:, None], ahead].astype(np.float32)

    flat = recent_mean(context, seen)
    last = recent_mean(context, seen, 1)
    fallback = np.where(rng.random(n) < 0.7, flat, last)
    if period == "daily":
        path = seasonal_path(context, seen, 7, fallback)
        path = np.where(rng.random((n, 1)) < 0.06, fallback[:, None], path)
    else:
        yearly = seasonal_path(context, seen, 52, fallback)
        path = np.where((rng.random((n, 1)) < 0.35) & (seen[:, :76].sum(1, keepdims=True) > 40), yearly, fallback[:, None])
    rows = (context, seen, path.astype(np.float32), target, wanted)
    # a context with nothing sold says nothing; keep a few so that the net answers about zero there
    keep = (wanted.sum(1) > 0) & (seen.sum(1) >= 2) & ((context.sum(1) > 0) | (rng.random(n) < 0.15))
    return [r[keep] for r in rows]
