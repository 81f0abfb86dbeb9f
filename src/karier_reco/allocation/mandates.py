"""Mandates of importance 1: as many as fit are granted before the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.allocation.seats import Seats
from karier_reco.catalogue import PAIR, mandated
from karier_reco.optimiser.musts import most_musts

Ints = NDArray[np.int64]


def mandates_first(seats: Seats, options: dict[str, Any]) -> Ints:
    """Return (E,) the numbers of musts: locked seats, and the mandates that can be granted together.

    The value of a seat decides between sets of mandates of the same size.
    """
    locked = seats.locked()
    required = mandated(seats.data)
    required = required[required["importance"] == 1].drop_duplicates(PAIR)
    mandate = _numbered(seats, required)
    done = np.unique(mandate[(locked >= 0) & (mandate >= 0)])  # a locked seat of a mandate grants it already
    open_ = (mandate >= 0) & ~np.isin(mandate, done)
    if not open_.any():
        return locked
    problem = seats.problem(None, locked)
    return most_musts(problem, np.where(open_, mandate, -1), **{**options, "on_progress": None})[0]


def _numbered(seats: Seats, required: pd.DataFrame) -> Ints:
    """Return (E,) the number of the mandate that a seat would fulfil, -1 for none."""
    pairs = pd.MultiIndex.from_frame(required[PAIR]).sort_values()
    return pairs.get_indexer(pd.MultiIndex.from_frame(seats.table[PAIR])).astype(np.int64)
