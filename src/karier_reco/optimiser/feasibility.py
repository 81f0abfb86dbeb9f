"""Which limits a whole plan breaks, in integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.problem import AllocationProblem, SessionCost

Row = tuple[Any, ...]

#: A floor is in units of value, a float: a plan may miss it by this share.
FLOOR_TOLERANCE = 1e-9


def broken_rows(problem: AllocationProblem, granted: NDArray[np.bool_]) -> list[Row]:
    """Return (kind, index, ...) of every limit that the plan breaks; what ``problem.row_name`` takes.

    Money, seats and hours are compared as whole numbers.
    """
    seats = np.flatnonzero(granted)
    person, session = problem.person[seats], problem.session[seats]
    filled = np.bincount(session, minlength=problem.n_sessions)
    rows: list[Row] = []

    def over(kind: str, used: NDArray[Any], most: NDArray[Any]) -> None:
        rows.extend((kind, int(i)) for i in np.flatnonzero(used > most))

    over("budget", spent_by(problem, granted), problem.budget)
    over("seats", filled, problem.max_seats)
    if problem.min_seats is not None:
        over("min_seats", np.where(filled > 0, problem.min_seats, 0), filled)
    if problem.hold is not None:
        over("hold", problem.hold.astype(np.int64), filled)
    if problem.max_sessions is not None:
        over("sessions", np.bincount(person, minlength=problem.n_people), problem.max_sessions)
    if problem.max_hours is not None and problem.hours is not None:
        taken = np.zeros(problem.n_people, dtype=np.int64)
        np.add.at(taken, person, problem.hours[session])
        over("hours", taken, problem.max_hours)
    rows += _broken_rules(problem, seats)
    if problem.groups is not None and problem.floor is not None:
        worth = problem.groups.T.astype(float) @ problem.worth_by_person(granted)
        over("floor", problem.floor * (1 - FLOOR_TOLERANCE), worth)
    return rows


def spent_by(problem: AllocationProblem, granted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (B,) what granted seats and the sessions that they open take from each line."""
    seats = np.flatnonzero(granted)
    spent = np.zeros(problem.n_lines, dtype=np.int64)
    if isinstance(problem.cost, SessionCost):
        for amount, line in zip(problem.cost.amount.T, problem.cost.line.T, strict=True):
            payer = line[problem.person[seats]]
            paid = payer >= 0
            np.add.at(spent, payer[paid], amount.astype(np.int64)[problem.session[seats[paid]]])
    else:
        chosen = problem.cost[seats]
        np.add.at(spent, chosen.indices, chosen.data.astype(np.int64))
    if problem.opening_cost is not None:
        opening = problem.opening_cost[np.unique(problem.session[seats])]
        np.add.at(spent, opening.indices, opening.data.astype(np.int64))
    return spent


def _broken_rules(problem: AllocationProblem, seats: NDArray[np.int64]) -> list[Row]:
    person, session = problem.person[seats].astype(np.int64), problem.session[seats]
    rows: list[Row] = []
    for g, group in enumerate(problem.exclusive):
        inside = person[np.isin(session, group)]
        twice = np.unique(inside[1:][inside[1:] == inside[:-1]])
        rows.extend(("exclusive", int(i), g) for i in twice)
    for r, (first, group) in enumerate(problem.requires):
        asking = session == first
        if problem.requires_met is not None:
            asking &= ~problem.requires_met[seats, r]
        lacking = np.setdiff1d(person[asking], person[np.isin(session, group)])
        rows.extend(("requires", int(i), r) for i in lacking)
    if problem.must is not None:
        numbered = problem.must >= 0
        asked = set(zip(problem.person[numbered].tolist(), problem.must[numbered].tolist(), strict=True))
        met = set(zip(person.tolist(), problem.must[seats].tolist(), strict=True))
        rows.extend(("must", i, number) for i, number in sorted(asked - met))
    return rows
