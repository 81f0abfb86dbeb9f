"""Mandates of importance 1: as many as fit are granted before the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from karier_reco.allocation.seats import Seats, held_sessions
from karier_reco.catalogue import PAIR, mandated
from karier_reco.optimiser import solve

Ints = NDArray[np.int64]


def mandates_first(seats: Seats, options: dict[str, Any]) -> Ints:
    """Return (E,) the numbers of musts: locked seats, and the mandates that can be granted together.

    How many that is, a smaller problem says: only mandates are worth something, and the value of a seat decides
    between sets of mandates of the same size.
    """
    locked = seats.locked()
    required = mandated(seats.data)
    required = required[required["importance"] == 1].drop_duplicates(PAIR)
    mandate = _numbered(seats, required)
    done = np.unique(mandate[(locked >= 0) & (mandate >= 0)])  # a locked seat of a mandate grants it already
    open_ = (mandate >= 0) & ~np.isin(mandate, done)
    if not open_.any():
        return locked
    granted = _most(seats, required, locked, options)
    free = open_ & np.isin(mandate, granted)
    return np.where(free, locked.max(initial=-1) + 1 + mandate, locked)


def _numbered(seats: Seats, required: pd.DataFrame) -> Ints:
    """Return (E,) the number of the mandate that a seat would fulfil, -1 for none."""
    pairs = pd.MultiIndex.from_frame(required[PAIR]).sort_values()
    return pairs.get_indexer(pd.MultiIndex.from_frame(seats.table[PAIR])).astype(np.int64)


def _most(seats: Seats, required: pd.DataFrame, locked: Ints, options: dict[str, Any]) -> Ints:
    """Return the numbers of as many mandates as can be granted together.

    Only seats in sessions that matter to a mandate, lock or hold, or that one of those requires, are looked at.
    """
    mandate = _numbered(seats, required)
    wanted = set(seats.table["course_id"][(mandate >= 0) | (locked >= 0)])
    before = seats.data.prerequisites
    wanted |= set(before.loc[before["course_id"].isin(wanted), "requires_id"])
    held = held_sessions(seats.data, seats.year)
    kept = seats.table["course_id"].isin(wanted) | seats.table["session_id"].isin(held)
    few = Seats.of(seats.table[kept], seats.data, seats.limits, seats.year, seats.as_of)
    number = _numbered(few, required)
    seat = np.flatnonzero(number >= 0)
    _, column = np.unique(number[seat], return_inverse=True)
    gain = sparse.csr_array((np.ones(len(seat)), (seat, column)), shape=(len(number), int(column.max()) + 1))
    value = np.where(number >= 0, few.table["value"].to_numpy(dtype=np.float64), 0.0)
    tie = value / max(2 * value.sum(), 1.0)  # all together less than one mandate
    first = solve(few.mandate_problem(tie, gain, few.locked()), **{**options, "on_progress": None})
    return np.unique(number[first.granted & (number >= 0)])
