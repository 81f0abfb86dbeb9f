"""Allocation: from tables to the optimiser's arrays and back. Every limit becomes a named row."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.allocation.mandates import mandates_first
from karier_reco.allocation.seats import Seats
from karier_reco.dataset import Dataset
from karier_reco.errors import InfeasibleError, LimitsError, SolverError
from karier_reco.explanation import limit_in_words
from karier_reco.optimiser import Allocation, solve
from karier_reco.settings import Limits

__all__ = ["allocate"]


def allocate(
    candidates: pd.DataFrame,
    data: Dataset,
    limits: Limits | None = None,
    *,
    closures: pd.DataFrame | None = None,
    year: int | None = None,
    as_of: date | None = None,
    start: Allocation | NDArray[np.bool_] | None = None,
    **options: Any,
) -> Allocation:
    """Grant seats inside the budget, the seats and the rules, as much value as can be had.

    ``candidates`` has one row per person and session (``appraise``; your own need ``employee_id, session_id,
    value``, the rest is looked up). ``closures`` says which seats close the same step, so that none is paid twice;
    where ``value`` of a candidate was changed, its closures scale with it; without closures values add. ``year``
    chooses the budget lines, ``as_of`` the rules in force and the history that is known. ``start`` is an
    earlier allocation over the same candidates, or a mask over them. ``options`` go to ``solve``: ``method,
    optimality_gap, time_limit, work_limit, seed, n_jobs, on_progress``.

    ``granted`` of the answer is a mask over ``candidates``. Its ``problem`` has the seats in order of person and
    session; where the rows of ``candidates`` stand otherwise, ``order`` gives the row of each seat. Mandates of
    importance 1 come first: as many as fit are granted. Locked decisions are hard.

    Raises ``LimitsError`` for candidates that do not fit the tables and for a charge that no budget line limits,
    ``InfeasibleError`` with the named rows that cannot hold together, ``SolverError`` where no plan was found in time.
    """
    seats = Seats.of(candidates, data, limits or Limits(), year, as_of)
    must = mandates_first(seats, options)
    begin = None if start is None else _mask(start, candidates)[seats.order]
    allocation = solve(seats.problem(closures, must), start=begin, **options)
    if allocation.status == "infeasible":
        conflict = tuple(limit_in_words(name, must, seats.table, seats.locked() >= 0) for name in allocation.conflict)
        raise InfeasibleError(
            f"limits: got {', '.join(conflict)}; expected limits that can hold together. "
            "Relax one of them or take back a decision.",
            conflict=conflict,
        )
    if allocation.status == "unknown":
        raise SolverError(
            f"solve: got no plan, stopped by {allocation.stopped_by!r}; expected one within its limits. "
            "Give more time, or fewer locks and holds.",
            solver=allocation.method,
            detail=allocation.stopped_by,
        )
    return allocation.over(seats.order)


def _mask(start: Allocation | NDArray[np.bool_], candidates: pd.DataFrame) -> NDArray[np.bool_]:
    mask = np.asarray(start.granted if isinstance(start, Allocation) else start)
    if mask.shape != (len(candidates),) or mask.dtype != np.bool_:
        raise LimitsError(
            f"start: got an array {mask.shape} of {mask.dtype}; expected a bool for each of the {len(candidates)} rows "
            "of candidates. Start from an allocation over the same rows.",
            argument="start",
            value=mask.shape,
        )
    return mask
