"""Makes golden.csv: paths of statsforecast on generated series, which ours are held against.

pip install statsforecast==2.1.1; python make.py > golden.csv
A line is `series,season,model,history (blanks between),path (blanks between)`. The series are made here from a fixed seed; no
data of anybody's is in them.
"""
import numpy as np
from statsforecast.models import ADIDA, IMAPA, TSB, AutoARIMA, AutoETS, CrostonSBA, DynamicOptimizedTheta

rng = np.random.default_rng(20261123)
t = np.arange(96)
month = np.array([0.8, 0.85, 1.0, 1.05, 1.1, 1.3, 1.2, 1.1, 1.0, 0.9, 0.85, 0.85])
series = {
    "level": (1, 100 + rng.normal(0, 4, 60)),
    "walk": (1, 200 + np.cumsum(rng.normal(0, 3, 80))),
    "line": (1, 50 + 1.5 * np.arange(40) + rng.normal(0, 3, 40)),
    "months": (12, (120 + 0.4 * t) * month[t % 12] * (1 + rng.normal(0, 0.02, 96))),
    "waves": (12, 80 + 15 * np.sin(2 * np.pi * t / 12) + rng.normal(0, 2, 96)),
    "sparse": (1, rng.negative_binomial(0.6, 0.35, 80).astype(float)),
    "rare": (1, rng.poisson(0.25, 80).astype(float)),
}
dense = {
    "Ets": lambda m: AutoETS(season_length=m),
    "OptimisedTheta": lambda m: DynamicOptimizedTheta(season_length=m),
    "Arima": lambda m: AutoARIMA(season_length=m),
}
counted = {
    "CrostonSba": lambda m: CrostonSBA(),
    "Tsb": lambda m: TSB(0.1, 0.1),
    "Adida": lambda m: ADIDA(),
    "Imapa": lambda m: IMAPA(),
}
numbers = lambda values: " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
print("series,season,model,history,path")
for name, (season, history) in series.items():
    history = np.maximum(np.round(history, 2), 0)
    for model, make in (counted if name in ("sparse", "rare") else dense).items():
        path = make(season).forecast(y=history, h=12)["mean"]
        print(f"{name},{season},{model},{numbers(history)},{numbers(path)}")
