"""Measure ``solve`` beside HiGHS alone: one JSON line per case with value, bound, gap, seconds and peak MiB of each.

    python benchmarks/allocation.py [additive] [full] [city] [--seconds 60] [--people 5000] [--seed 1]

HiGHS gets the same model, as single seats with the rows ``sum x <= seats y``, without our cuts, prices or plan. Each
runs in a process of its own, so that the peaks are its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import allocation_instances
import numpy as np

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify

GAP = 1e-4


def ours(problem: AllocationProblem, seconds: float) -> dict[str, Any]:
    """Solve and verify; the proof is not part of the time."""
    began = time.monotonic()
    allocation = solve(problem, optimality_gap=GAP, time_limit=seconds)
    taken = time.monotonic() - began
    verify(problem, allocation)
    facts = {"value": allocation.value, "bound": allocation.bound, "gap": allocation.optimality_gap}
    return facts | {"bound_by": allocation.bound_by, "stopped_by": allocation.stopped_by, "seconds": round(taken, 2)}


def highs_alone(problem: AllocationProblem, seconds: float) -> dict[str, Any]:
    """Give HiGHS the whole model and the same time."""
    began = time.monotonic()
    f = formulate(problem)
    engine = Highs(f.gain, f.lower, f.upper, f.matrix, f.low, f.high)
    engine.make_whole(f.integral())
    engine.set_option("mip_rel_gap", GAP)
    values, bounds = [0.0], [np.inf]

    def take_bound(bound: float) -> bool:
        bounds.append(bound)
        return False

    engine.run(Clock(time_limit=seconds), lambda columns: values.append(float(f.gain @ columns)), take_bound)
    value, bound = max(values), min(bounds) if np.isfinite(min(bounds)) else None
    gap = None if bound is None else (bound - value) / bound
    return {"value": value, "bound": bound, "gap": gap, "seconds": round(time.monotonic() - began, 2)}


def measure(case: str, who: str, people: int | None, seconds: float, seed: int) -> dict[str, Any]:
    """Build the case and run one of the two; to be called in a fresh process."""
    size = {} if people is None else {"people": people}
    problem = getattr(allocation_instances, case)(seed=seed, **size)
    facts = {"ours": ours, "highs": highs_alone}[who](problem, seconds)
    return facts | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def main() -> None:
    """Print one JSON line per case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=["additive", "full", "city"])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--people", type=int, default=None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--who", choices=["ours", "highs"], help="run one of the two in this process")
    given = parser.parse_args()
    for case in given.cases:
        if given.who:
            print(json.dumps(measure(case, given.who, given.people, given.seconds, given.seed)))
            continue
        line: dict[str, Any] = {"case": case, "people": given.people, "seed": given.seed, "limit": given.seconds}
        for who in ("ours", "highs"):
            command = [sys.executable, __file__, case, "--who", who, "--seconds", str(given.seconds), "--seed"]
            command += [str(given.seed), *(["--people", str(given.people)] if given.people else [])]
            line[who] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
