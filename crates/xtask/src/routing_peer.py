"""One PyVRP run for `cargo xtask bench-routing`: FILE SECONDS CHECKPOINT SEED, in seconds of the processor's work.

Prints the cost (as counted, - where no feasible plan is known) at the checkpoint and at the end.
"""

import sys
import time

import pyvrp

ROUNDING = {
    "CVRP": "round",
    "VRPB": "round",
    "VRPTW": "dimacs",
    "CVRPTW": "dimacs",
    "PCVRPTW": "dimacs",
    "MTVRPTWR": "dimacs",
    "MDVRPTW": "exact",
    "HFVRP": "exact",
}


class Worked:
    """Stops after so many seconds of work."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.begun = time.process_time()

    def __call__(self, best_cost):
        return time.process_time() - self.begun >= self.seconds

    def fraction_remaining(self):
        return max(0.0, 1.0 - (time.process_time() - self.begun) / self.seconds)


class Marks(pyvrp.IteratedLocalSearchCallbacks):
    """Keeps the cost of each better feasible plan and when it was found."""

    def __init__(self, begun, costs):
        self.begun = begun
        self.costs = costs
        self.found = []

    def on_best(self, best):
        if best.is_feasible():
            self.found.append((time.process_time() - self.begun, self.costs.cost(best)))


def main():
    file, seconds, checkpoint, seed = sys.argv[1:5]
    seconds, checkpoint = float(seconds), float(checkpoint)
    with open(file, encoding="utf-8") as handle:
        head = handle.read(4000)
    kind = next(line.split(":")[1].strip() for line in head.split("\n") if line.startswith("TYPE"))
    rounding = "none" if "EXPLICIT" in head else ROUNDING[kind]
    data = pyvrp.read(file, rounding)
    begun = time.process_time()
    costs = pyvrp.CostEvaluator([1] * data.num_load_dimensions, 1, 1)
    marks = Marks(begun, costs)
    params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=marks))
    result = pyvrp.solve(
        data, Worked(seconds), seed=int(seed), collect_stats=False, display=False, params=params
    )
    first = min((cost for at, cost in marks.found if at <= checkpoint), default="-")
    last = costs.cost(result.best) if result.is_feasible() else "-"
    print(first, last)


main()
