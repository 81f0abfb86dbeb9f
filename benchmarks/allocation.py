"""Measure ``solve`` beside general solvers: one JSON line per case with value, bound, gap, seconds and peak MiB.

    python benchmarks/allocation.py [additive] [full] [large] [demo] [nation] [tenth] [bound] [--seconds N] [--seed 1]

Cases and their sizes stand in ``CASES``; how instances are drawn is in ``allocation_instances``. Each side runs in a
process of its own, so that the peaks are its own, one after the other. ``reached`` is after how many seconds a gap was
certified, ``held`` what a plan was worth after so many seconds. Compiled code is loaded before the clock starts, as in
any second run.

HiGHS gets single seats with the rows ``sum x <= seats y`` and all rows ``x <= y``, its strongest model that we know,
one thread, and stops as soon as it holds a plan as good as ours; ``times_ours`` is how many times as long as we it took
to a plan worth what ours was when each gap was certified. In ``bound`` OR-Tools' PDLP gets the linear model at a
tolerance of 1e-4, and ``within_1e-4`` is how long ours takes to come that near to the optimum of the linear model,
which HiGHS' simplex finds; PDLP's answer is taken as it is, though it breaks rows. Without ``ortools`` that peer is
left out.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import allocation_instances
import numpy as np

from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.highs import Highs
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify

#: Case: generator, its sizes, our seconds, the gap we ask for, the peer and its seconds.
CASES: dict[str, tuple[str, dict[str, int], float, float, str | None, float]] = {
    "additive": ("additive", {}, 10, 1e-4, "highs", 300),
    "full": ("full", {}, 60, 1e-4, "highs", 300),
    "large": ("full", {"people": 20_000, "sessions": 2_000, "units": 100}, 180, 1e-4, "highs", 180),
    "demo": ("demo", {}, 30, 1e-4, None, 0),
    "nation": ("nation", {}, 240, 5e-5, None, 0),
    "tenth": ("nation", {"people": 600_000}, 240, 3e-4, None, 0),
    "bound": ("additive", {"people": 50_000, "sessions": 1_000, "units": 200}, 60, 1e-3, "pdlp", 300),
}
#: Seconds after which it is noted what each side holds.
MARKS = (1, 2, 5, 10, 30, 60, 120, 300)
GAPS = (0.05, 0.02, 0.015, 0.01, 0.005, 0.003, 0.002, 0.001, 5e-4, 3e-4, 2e-4, 1e-4, 5e-5)
CITY = Path(__file__).resolve().parents[1] / "datasets" / "tanjungpinang"


def demo(seed: int = 1) -> AllocationProblem:
    """Build the problem of the demo city (synthetic) as ``make_plan`` does, with everything on."""
    from karier_reco.loading import load
    from karier_reco.pipeline import make_plan

    return make_plan(load(CITY), year=2027, time_limit=2.0, seed=seed).allocation.problem


def ours(problem: AllocationProblem, seconds: float, gap: float, jobs: int) -> dict[str, Any]:
    """Solve and verify; the proof is not part of the time."""
    reached: dict[str, float] = {}
    worth: dict[str, float] = {}
    plans: list[tuple[float, float]] = []

    def note(event: Any) -> None:
        if event.value:
            plans.append((event.seconds, event.value))
        if event.value and event.bound:
            for mark in GAPS:
                if (event.bound - event.value) / event.bound <= mark and str(mark) not in reached:
                    reached[str(mark)], worth[str(mark)] = round(event.seconds, 2), event.value

    began = time.monotonic()
    options: dict[str, Any] = {"method": "prices", "optimality_gap": gap, "time_limit": seconds, "n_jobs": jobs}
    allocation = solve(problem, **options, on_progress=note)
    taken = time.monotonic() - began
    peak = _peak()
    verification = verify(problem, allocation)
    facts = {"value": allocation.value, "bound": allocation.bound, "gap": allocation.optimality_gap}
    facts |= {"bound_by": allocation.bound_by, "verified_bound": verification.bound}
    facts |= {"reached": reached, "worth_then": worth, "held": held(plans, taken)}
    facts |= {"stopped_by": allocation.stopped_by, "seconds": round(taken, 2), "peak_before_verify": peak}
    return facts


def held(plans: list[tuple[float, float]], taken: float) -> dict[str, float]:
    """Return what the best plan was worth after each of the marks that were lived to see."""
    return {str(m): max((v for s, v in plans if s <= m), default=0.0) for m in MARKS if m <= taken + 1}


def highs(problem: AllocationProblem, seconds: float, targets: dict[str, float]) -> dict[str, Any]:
    """Give HiGHS the whole model, links included, and the time; stop it when it holds a plan worth every target."""
    began = time.monotonic()
    f = formulate(problem)
    engine = Highs(f.gain, f.lower, f.upper, f.matrix, f.low, f.high)
    if f.gated.size:
        engine.add_rows(f.links(f.gated), np.full(f.gated.size, -np.inf), np.zeros(f.gated.size))
    engine.make_whole(f.integral())
    engine.set_option("mip_rel_gap", 1e-4)
    plans, bounds, target = [(0.0, 0.0)], [np.inf], max(targets.values(), default=np.inf)

    def take_value(columns: np.ndarray) -> None:
        plans.append((time.monotonic() - began, float(f.gain @ columns)))

    def take_bound(bound: float) -> bool:
        bounds.append(bound)
        return plans[-1][1] >= target

    engine.run(Clock(time_limit=seconds), take_value, take_bound)
    taken = time.monotonic() - began
    value, bound = max(v for _, v in plans), min(bounds) if np.isfinite(min(bounds)) else None
    gap = None if bound is None else (bound - value) / bound
    first = {mark: min((s for s, v in plans if v >= worth), default=None) for mark, worth in targets.items()}
    facts = {"value": value, "bound": bound, "gap": gap, "seconds": round(taken, 2), "held": held(plans, taken)}
    return facts | {"seconds_to_our_values": first}


def bounds(problem: AllocationProblem, seconds: float) -> dict[str, Any]:
    """Time a descent to within 1e-4 and 1e-5 of the linear model's optimum, and PDLP at 1e-4 beside it."""
    from karier_reco.optimiser.prices import descend
    from karier_reco.optimiser.pricing import Pricer

    f = formulate(problem)
    lowest: list[tuple[float, float]] = []
    began = time.monotonic()
    descend(
        Pricer(problem),
        Clock(),
        None,
        lambda pricing, _: bool(lowest.append((time.monotonic() - began, pricing.bound))),
    )
    ended = time.monotonic() - began
    simplex = Highs(f.gain, f.lower, f.upper, f.matrix, f.low, f.high)
    began = time.monotonic()
    optimum = simplex.run(Clock(time_limit=seconds)).objective
    facts: dict[str, Any] = {"lp_optimum": optimum, "simplex_seconds": round(time.monotonic() - began, 2)}
    facts |= {"bound": lowest[-1][1], "descent_seconds": round(ended, 3)}
    for near in (1e-4, 1e-5):
        times = [at for at, bound in lowest if optimum is not None and bound <= optimum * (1 + near)]
        facts[f"within_{near:.0e}"] = round(min(times), 4) if times else None
    return facts | {"pdlp": pdlp(f, seconds)}


def pdlp(f: Any, seconds: float) -> dict[str, Any] | None:
    """Run OR-Tools' PDLP on the linear model, two threads, relative tolerance 1e-4."""
    try:
        from ortools.pdlp import solvers_pb2
        from ortools.pdlp.python import pdlp as engine
    except ImportError:
        return None
    program = engine.QuadraticProgram()
    program.resize_and_initialize(f.n_columns, len(f.low))
    program.objective_vector = -f.gain
    program.variable_lower_bounds, program.variable_upper_bounds = f.lower, f.upper
    program.constraint_lower_bounds, program.constraint_upper_bounds = f.low, f.high
    program.constraint_matrix = f.matrix.tocsc()
    options = solvers_pb2.PrimalDualHybridGradientParams()
    options.num_threads = 2
    options.termination_criteria.time_sec_limit = seconds
    criteria = options.termination_criteria.simple_optimality_criteria
    criteria.eps_optimal_relative, criteria.eps_optimal_absolute = 1e-4, 1e-4
    began = time.monotonic()
    result = engine.primal_dual_hybrid_gradient(program, options)
    taken = time.monotonic() - began
    return {"seconds": round(taken, 2), "value": float(f.gain @ np.asarray(result.primal_solution))}


def measure(
    case: str, who: str, seconds: float | None, seed: int, targets: dict[str, float], jobs: int
) -> dict[str, Any]:
    """Build the case and run one side; to be called in a fresh process."""
    generator, size, own, gap, _, theirs = CASES[case]
    solve(allocation_instances.full(300, 60, 4), method="prices", time_limit=5)
    if case in ("nation", "tenth"):
        solve(allocation_instances.nation(2_000, 100, 400, 5), method="prices", time_limit=5)
    problem = demo(seed) if generator == "demo" else getattr(allocation_instances, generator)(seed=seed, **size)
    if case == "bound":
        facts = bounds(problem, seconds or theirs)
    elif who == "ours":
        facts = ours(problem, seconds or own, gap, jobs)
    else:
        facts = highs(problem, seconds or theirs, targets)
    return facts | {"peak_mib": _peak()}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Print one JSON line per case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=["additive", "full", "demo"])
    parser.add_argument("--seconds", type=float, help="for either side, in place of the case's own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--no-peer", action="store_true", help="ours alone")
    parser.add_argument("--who", choices=["ours", "highs"], help="run one side in this process")
    parser.add_argument("--targets", type=json.loads, default={}, help="values to time HiGHS to, by name, as JSON")
    parser.add_argument("--reference", help="not used: this benchmark makes its own instances")
    given = parser.parse_args()
    for case in given.cases:
        if given.who:
            print(json.dumps(measure(case, given.who, given.seconds, given.seed, given.targets, given.jobs)))
            continue
        line: dict[str, Any] = {"case": case, "seed": given.seed, "synthetic": True}
        peers = [] if given.no_peer or CASES[case][4] != "highs" else ["highs"]
        for who in ["ours", *peers]:
            command = [
                sys.executable,
                __file__,
                case,
                "--who",
                who,
                "--seed",
                str(given.seed),
                "--jobs",
                str(given.jobs),
            ]
            command += ["--seconds", str(given.seconds)] if given.seconds else []
            if who == "highs":
                command += ["--targets", json.dumps(line["ours"]["worth_then"] | {"end": line["ours"]["value"]})]
            line[who] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
        if peers:
            theirs, own = line["highs"]["seconds_to_our_values"], line["ours"]["reached"]
            line["times_ours"] = {
                mark: round(theirs[mark] / own[mark], 1) for mark in own if theirs[mark] and own[mark]
            }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
