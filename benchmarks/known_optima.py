"""Measure the exact method on instances with published optima, beside HiGHS alone: one JSON line each, then totals.

    python benchmarks/known_optima.py --reference DIR [gap] [mknap] [--seconds 60] [--limit N]

``DIR`` holds the folders ``gap`` and ``mknap`` of OR-Library, see ``or_library``. HiGHS gets one thread, the same time
and the plain model: every job has exactly one agent, every line its budget. Each instance is solved by both in turn,
with optimality_gap 0; code is compiled before, once in an installation. The exit code is 1 where a bound is below a
plan that is known, or a plan is called optimal that is not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import or_library
import scipy.sparse as sp
from or_library import Instance

from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify

SECONDS = {"gap": 60.0, "mknap": 10.0}
#: Bounds and values are compared within this share.
ROUNDING = 1e-9


def ours(problem: AllocationProblem, seconds: float) -> dict[str, Any]:
    """Solve and verify; verification is not part of the time."""
    began = time.monotonic()
    allocation = solve(problem, method="exact", optimality_gap=0.0, time_limit=seconds)
    taken = time.monotonic() - began
    verify(problem, allocation)
    facts = {"value": allocation.value, "bound": allocation.bound, "status": allocation.status}
    return facts | {"bound_by": allocation.bound_by, "seconds": round(taken, 4)}


def highs_alone(problem: AllocationProblem, seconds: float) -> dict[str, Any]:
    """Give HiGHS the plain model."""
    began = time.monotonic()
    rows, low, high = plain_rows(problem)
    engine = highspy._core._Highs()  # its public subclass prints a banner
    for name, option in {"output_flag": False, "threads": 1, "time_limit": seconds, "mip_rel_gap": 0.0}.items():
        engine.setOptionValue(name, option)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = problem.n_seats, len(low)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = problem.value.astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(problem.n_seats), np.ones(problem.n_seats)
    model.row_lower_, model.row_upper_ = low, high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    model.integrality_ = [highspy.HighsVarType.kInteger] * problem.n_seats
    engine.passModel(model)
    engine.run()
    info = engine.getInfo()
    facts = {"value": info.objective_function_value, "bound": info.mip_dual_bound}
    return facts | {"seconds": round(time.monotonic() - began, 4)}


def plain_rows(problem: AllocationProblem) -> tuple[sp.csr_array, np.ndarray, np.ndarray]:
    """Return the rows: one per person who must have a seat and may have one, one per budget line."""
    money = sp.csr_array(problem.seat_cost.T.astype(np.float64))
    low, high = np.full(problem.n_lines, -np.inf), problem.budget.astype(np.float64)
    if problem.must is None:
        return money, low, high
    seats = np.arange(problem.n_seats)
    people = sp.csr_array((np.ones(problem.n_seats), (problem.person, seats)), shape=(problem.n_people, len(seats)))
    ones = np.ones(problem.n_people)
    return sp.csr_array(sp.vstack([people, money])), np.concatenate([ones, low]), np.concatenate([ones, high])


def contradiction(instance: Instance, found: dict[str, Any]) -> str | None:
    """Say what cannot be, if what is published is true."""
    known, value, bound = instance.known, found["value"], found["bound"]
    room = ROUNDING * known
    if bound is None or bound < known - room:
        return f"bound {bound} below the plan of {known} that is known"
    if value > bound + room:
        return f"value {value} above the bound {bound}"
    if instance.optimal and value > known + room:
        return f"value {value} above the known optimum {known}"
    if found["status"] == "optimal" and value < known - room:
        return f"value {value} called optimal, below {known}"
    return None


def measure(instance: Instance, seconds: float) -> dict[str, Any]:
    """Solve one instance by both."""
    found, peer = ours(instance.problem, seconds), highs_alone(instance.problem, seconds)
    line = {"instance": instance.name, "known": instance.known, "relaxed": instance.relaxed}
    return line | found | {"highs": peer, "wrong": contradiction(instance, found)}


def totals(case: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up one kind of instance."""
    seconds, peer = (sum(s) for s in zip(*((line["seconds"], line["highs"]["seconds"]) for line in lines), strict=True))
    short = [1 - line["value"] / line["known"] for line in lines]
    relaxed = [line["bound"] / line["relaxed"] - 1 for line in lines if line["relaxed"] is not None]
    return {
        "case": case,
        "instances": len(lines),
        "optimal": sum(line["status"] == "optimal" for line in lines),
        "known_reached": sum(s <= ROUNDING for s in short),
        "furthest_from_known": max(short),
        "furthest_above_relaxation": max(relaxed, default=None),
        "seconds": round(seconds, 2),
        "highs_seconds": round(peer, 2),
        "ratio": round(seconds / peer, 4),
        "wrong": sum(line["wrong"] is not None for line in lines),
    }


def main() -> int:
    """Print one JSON line per instance and one with the totals of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="case", default=list(SECONDS), help=" or ".join(SECONDS))
    parser.add_argument("--reference", type=Path, help="folder of the instances; without it nothing is measured")
    parser.add_argument("--seconds", type=float, default=None, help="for each instance; 60 for gap, 10 for mknap")
    parser.add_argument("--limit", type=int, default=None, help="so many instances of each kind")
    given = parser.parse_args()
    if unknown := set(given.cases) - set(SECONDS):
        parser.error(f"case: got {', '.join(sorted(unknown))}; expected {' or '.join(SECONDS)}")
    if given.reference is None:
        print(json.dumps({"case": "known optima", "skipped": "needs the public reference data: pass --reference DIR"}))
        return 0
    wrong = 0
    for case in given.cases:
        read = getattr(or_library, case)
        solve(next(read(given.reference)).problem, method="exact", optimality_gap=0.0, time_limit=SECONDS[case])
        lines = []
        for instance in itertools.islice(read(given.reference), given.limit):
            lines.append(measure(instance, given.seconds or SECONDS[case]))
            print(json.dumps(lines[-1]), flush=True)
        total = totals(case, lines)
        wrong += total["wrong"]
        print(json.dumps(total), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
