"""Which mandates of importance 1 come first under another budget: as many as fit, as when a plan is made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.catalogue import PAIR
from karier_reco.errors import InfeasibleError
from karier_reco.explanation import limit_in_words
from karier_reco.optimiser import Allocation, AllocationProblem
from karier_reco.optimiser.musts import most_musts

if TYPE_CHECKING:
    from karier_reco.plan import TrainingPlan

Ints = NDArray[np.int64]
#: Options of `solve` that a search of mandates alone takes over.
SEARCH = ("seed", "n_jobs", "time_limit", "work_limit")


def mandate_of(plan: TrainingPlan, seats: pd.DataFrame) -> Ints:
    """Return (E,) the number of the mandate of importance 1 that a seat would fulfil, -1 for none."""
    asked = plan.mandates[plan.mandates["status"] != "finished"]
    pairs = pd.MultiIndex.from_frame(asked[PAIR].drop_duplicates()).sort_values()
    return pairs.get_indexer(pd.MultiIndex.from_frame(seats[PAIR])).astype(np.int64)


def _is_lock(seats: pd.DataFrame) -> NDArray[np.bool_]:
    """Return (E,) whether a seat is there because a decision locks it; nothing says so of candidates of one's own."""
    return (seats["origin"] == "lock").to_numpy() if "origin" in seats else np.zeros(len(seats), dtype=np.bool_)


def with_mandates_first(
    problem: AllocationProblem, plan: TrainingPlan, seats: pd.DataFrame, options: dict[str, Any]
) -> AllocationProblem:
    """Return the problem in which as many mandates as its budgets allow are musts, and the locked seats.

    Raises InfeasibleError where the locks and holds alone do not fit.
    """
    mandate = mandate_of(plan, seats)
    own = np.full(problem.n_seats, -1) if problem.must is None else problem.must.astype(np.int64)
    locked = np.where((own >= 0) & (_is_lock(seats) if "origin" in seats else mandate < 0), own, -1)
    done = np.unique(mandate[(locked >= 0) & (mandate >= 0)])  # a locked seat of a mandate grants it already
    open_ = (mandate >= 0) & ~np.isin(mandate, done)
    if not open_.any() and problem.hold is None and (locked < 0).all():
        return replace(problem, must=locked)
    held = replace(problem, must=locked)
    search = {name: options[name] for name in SEARCH if name in options}
    must, found = most_musts(held, np.where(open_, mandate, -1), **search)
    refuse_conflict(found, held, seats)
    return replace(problem, must=must)


def refuse_conflict(allocation: Allocation, problem: AllocationProblem, seats: pd.DataFrame) -> None:
    """Raise InfeasibleError where there is no plan; it names the seats of locks and the courses of mandates."""
    if allocation.status != "infeasible":
        return
    conflict = tuple(limit_in_words(name, problem.must, seats, _is_lock(seats)) for name in allocation.conflict)
    raise InfeasibleError(
        f"limits: got {', '.join(conflict)}; expected limits that can hold together. Take away less, or take back a "
        "decision.",
        conflict=conflict,
    )
