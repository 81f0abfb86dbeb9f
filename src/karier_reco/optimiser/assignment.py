"""Problems in which a seat takes from one shared limit and people have a few seats each: searched to the end.

Generalised assignment, multiple knapsacks and plain assignment are of this kind. The bound keeps every shared limit
whole (``knapsacks``), the search fixes and branches (``tree``), plans are bettered by exchanges (``exchange``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.fixing import step_of
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.incumbent import Incumbent

Ints = NDArray[np.int64]

#: More seats than this are not searched.
MOST_SEATS = 100_000
PERSONAL = ("sessions", "exclusive", "must")


@dataclass(frozen=True, eq=False)
class Assignment:
    """Hold E seats of one problem: which line each takes from and how much, and which people's row it counts in.

    A line is a budget or the seats of a session, a people's row a person, or a person's exclusive group: of its seats
    at least ``low`` and at most ``high`` are granted. Values are whole multiples of ``step``, 0 for any values.
    """

    formulation: Formulation
    line: Ints  # (E,)
    weight: Ints  # (E,)
    budget: Ints
    row: Ints  # (E,)
    low: Ints
    high: Ints
    step: float

    def search(self, prices: Prices, best: Incumbent, gap: float, clock: Clock) -> bool:
        """Better the plan and lower the bound until the gap is met; return False if no plan keeps every limit.

        The search starts at the ``prices`` of the relaxation.
        """
        from karier_reco.optimiser.levels import Levels  # which imports this module

        return Levels(self, prices, best, clock).search(gap)


def recognise(f: Formulation) -> Assignment | None:
    """Return the problem as an assignment, None if it is of another kind."""
    problem = f.problem
    if f.n_columns != problem.n_seats or not 0 < problem.n_seats <= MOST_SEATS:
        return None
    lines = _Partition(problem.n_seats)
    rows = _Partition(problem.n_seats)
    budget: list[int] = []
    low: list[float] = []
    high: list[float] = []
    weight = np.zeros(problem.n_seats, dtype=np.int64)
    cost = problem.seat_cost.tocsc()
    for r, (name, (first, last)) in enumerate(zip(f.names, pairwise(f.matrix.indptr), strict=True)):
        seats, entries = f.matrix.indices[first:last], f.matrix.data[first:last]
        if name[0] in ("budget", "seats"):
            if lines.add(seats) != len(budget):
                return None
            if name[0] == "budget":
                column = slice(*cost.indptr[name[1] : name[1] + 2])
                weight[cost.indices[column]] = cost.data[column]
            else:
                weight[seats] = 1
            budget.append(int((problem.budget if name[0] == "budget" else problem.max_seats)[name[1]]))
        elif name[0] in PERSONAL and (entries == 1.0).all():
            at = rows.add(seats)
            if at is None:
                return None
            if at == len(low):
                low.append(0.0)
                high.append(float(len(seats)))
            low[at], high[at] = max(low[at], float(f.low[r])), min(high[at], float(f.high[r]))
        else:
            return None
    line, row = lines.numbered(), rows.numbered()
    free_rows = int(row.max()) + 1 - len(low)
    return Assignment(
        f,
        line,
        weight,
        np.array(budget + [0] * (int(line.max()) + 1 - len(budget)), dtype=np.int64),
        row,
        np.array(low + [0.0] * free_rows).astype(np.int64),
        np.array(high + [1.0] * free_rows).astype(np.int64),
        step_of(f),
    )


class _Partition:
    """Number sets of seats that have no seat in common."""

    def __init__(self, n_seats: int) -> None:
        self._number = np.full(n_seats, -1, dtype=np.int64)
        self._sizes: list[int] = []

    def add(self, seats: NDArray[np.integer[Any]]) -> int | None:
        """Return the number of a set, None if it shares seats with another set."""
        own = self._number[seats]
        if (own == -1).all():
            self._number[seats] = len(self._sizes)
            self._sizes.append(len(seats))
            return len(self._sizes) - 1
        at = int(own[0])
        return at if at >= 0 and (own == at).all() and self._sizes[at] == len(seats) else None

    def numbered(self) -> Ints:
        """Return by seat the number of its set; a seat in none is one by itself."""
        alone = np.flatnonzero(self._number == -1)
        self._number[alone] = len(self._sizes) + np.arange(len(alone))
        return self._number
