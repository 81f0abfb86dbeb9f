"""Which mandates of importance 1 come first under another budget: as many as fit, as when a plan is made."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.catalogue import limit_name
from karier_reco.errors import InfeasibleError
from karier_reco.optimiser import Allocation, AllocationProblem, solve
from karier_reco.optimiser.part import part_of

if TYPE_CHECKING:
    from karier_reco.plan import TrainingPlan

PAIR = ["employee_id", "course_id"]
Ints = NDArray[np.int64]
#: Options of `solve` that a search of mandates alone takes over.
SEARCH = ("seed", "n_jobs", "time_limit", "work_limit")


def mandate_of(plan: TrainingPlan, seats: pd.DataFrame) -> Ints:
    """Return (E,) the number of the mandate of importance 1 that a seat would fulfil, -1 for none."""
    asked = plan.mandates[plan.mandates["status"] != "finished"]
    pairs = pd.MultiIndex.from_frame(asked[PAIR].drop_duplicates()).sort_values()
    return pairs.get_indexer(pd.MultiIndex.from_frame(seats[PAIR])).astype(np.int64)


def with_mandates_first(
    problem: AllocationProblem, plan: TrainingPlan, seats: pd.DataFrame, options: dict[str, Any]
) -> AllocationProblem:
    """Return the problem in which as many mandates as its budgets allow are musts, and the locked seats.

    Raises InfeasibleError where the locks and holds alone do not fit.
    """
    mandate = mandate_of(plan, seats)
    own = np.full(problem.n_seats, -1) if problem.must is None else problem.must.astype(np.int64)
    is_lock = (seats["origin"] == "lock").to_numpy() if "origin" in seats else mandate < 0
    locked = np.where((own >= 0) & is_lock, own, -1)
    done = np.unique(mandate[(locked >= 0) & (mandate >= 0)])  # a locked seat of a mandate grants it already
    open_ = (mandate >= 0) & ~np.isin(mandate, done)
    if not open_.any() and problem.hold is None and (locked < 0).all():
        return replace(problem, must=locked)
    chosen = _related(problem, (mandate >= 0) | (locked >= 0))
    held = replace(problem, must=locked)
    found = _most(held, chosen, np.where(open_, mandate, -1)[chosen], options)
    refuse_conflict(found, held, seats)
    granted = chosen[found.granted]
    fits = open_ & np.isin(mandate, np.unique(mandate[granted]))
    return replace(problem, must=np.where(fits, locked.max(initial=-1) + 1 + mandate, locked))


def _related(problem: AllocationProblem, asked: NDArray[np.bool_]) -> Ints:
    """Return the seats in sessions that matter to the seats asked for, to what those require, or to a hold."""
    matters = np.zeros(problem.n_sessions, dtype=np.bool_) if problem.hold is None else problem.hold.copy()
    matters[problem.session[asked]] = True
    for _ in problem.requires:  # a chain of requirements is at most as long as their number
        before = int(matters.sum())
        for later, group in problem.requires:
            matters[group] |= matters[later]
        if int(matters.sum()) == before:
            break
    return np.flatnonzero(matters[problem.session])


def _most(problem: AllocationProblem, chosen: Ints, mandate: Ints, options: dict[str, Any]) -> Allocation:
    """Grant of the chosen seats those of most mandates: only they are worth something, the value decides ties."""
    of_mandate = np.flatnonzero(mandate >= 0)
    _, column = np.unique(mandate[of_mandate], return_inverse=True)
    shape = (len(chosen), int(column.max(initial=-1)) + 1)
    value = np.where(mandate >= 0, problem.value[chosen], 0.0)
    people = np.unique(problem.person[chosen])
    names = {key: list(texts) for key, texts in problem.names.items() if key in ("lines", "sessions")}
    if "people" in problem.names:
        names["people"] = [str(problem.names["people"][person]) for person in people]
    small = replace(
        part_of(problem, chosen),
        value=value / max(2 * value.sum(), 1.0),  # all together less than one mandate
        need_gain=sp.csr_array((np.ones(len(of_mandate)), (of_mandate, column)), shape=shape),
        need_cap=np.ones(shape[1]),
        hour_value=0.0,
        groups=None,
        floor=None,
        names=names,
    )
    return solve(small, **{name: options[name] for name in SEARCH if name in options})


def refuse_conflict(allocation: Allocation, problem: AllocationProblem, seats: pd.DataFrame) -> None:
    """Raise InfeasibleError where there is no plan; it names the seats of locks and the courses of mandates."""
    if allocation.status != "infeasible":
        return
    conflict = tuple(_in_our_words(name, problem, seats) for name in allocation.conflict)
    raise InfeasibleError(
        f"limits: got {', '.join(conflict)}; expected limits that can hold together. Take away less, or take back a "
        "decision.",
        conflict=conflict,
    )


def _in_our_words(name: str, problem: AllocationProblem, seats: pd.DataFrame) -> str:
    found = re.fullmatch(r"must\[(.*), (\d+)\]", name)
    if not found or problem.must is None:
        return limit_name(name)
    seat = seats.iloc[int(np.flatnonzero(problem.must == int(found[2]))[0])]
    if seat.get("origin") == "lock":
        return f"lock[{found[1]}, {seat['session_id']}]"
    return f"mandate[{found[1]}, {seat['course_id']}]"
