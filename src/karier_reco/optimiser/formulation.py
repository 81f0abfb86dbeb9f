"""The problem as a mixed-integer linear model: columns, rows, and which limit each row is.

Columns: a seat x each, a session's opening y where opening matters, a need's closure z, a person's paid hours h.
The rules "a seat needs its session open" (links) are not among the rows: ``relaxation`` adds those that are violated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.feasibility import Row
from karier_reco.optimiser.needs import Needs
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.rows import Rows, floor_rows, hour_rows, joined, personal_rows, shared_rows
from karier_reco.optimiser.worth import weigh

Indices = NDArray[np.int64]


@dataclass(eq=False)
class Formulation:
    """Maximise ``gain . column`` subject to ``low <= matrix . column <= high`` and ``0 <= column <= upper``.

    ``names[r]`` is what ``problem.row_name`` takes for row r, or ("", ...) for a row that is no limit of the problem.
    ``opening`` (S,) is the column of a session's y, -1 where it has none; ``scale`` (B,) what one unit of a budget
    row is in units of money; ``counting`` are the people with a column for their paid hours.
    """

    problem: AllocationProblem
    gain: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    matrix: sp.csr_array
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    names: list[Row]
    opening: Indices
    scale: NDArray[np.float64]
    needs: Needs
    counting: Indices

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.gain)

    @property
    def gated(self) -> Indices:
        """Return the seats whose session has an opening of its own."""
        return np.flatnonzero(self.opening[self.problem.session] >= 0)

    def integral(self) -> NDArray[np.bool_]:
        """Say which columns are whole: seats and openings."""
        whole = np.zeros(self.n_columns, dtype=np.bool_)
        whole[: self.problem.n_seats] = True
        whole[self.opening[self.opening >= 0]] = True
        return whole

    def links(self, seats: Indices) -> sp.csr_array:
        """Return rows ``x_e - y_s``, at most 0, for the seats."""
        count = np.arange(len(seats))
        rows, columns = np.tile(count, 2), np.concatenate([seats, self.opening[self.problem.session[seats]]])
        entries = np.repeat([1.0, -1.0], len(seats))
        return sp.csr_array((entries, (rows, columns)), shape=(len(seats), self.n_columns))


def formulate(problem: AllocationProblem, every_row: bool = False) -> Formulation:
    """Build the model; ``every_row`` keeps the rows that others imply, so that each limit can be let go by itself."""
    opening = _openings(problem)
    worth = weigh(problem, every_row)
    needs, counting = worth.needs, worth.counting
    n_openings, n_needs = int((opening >= 0).sum()), len(needs.cap)
    first_need = problem.n_seats + n_openings
    first_hours = first_need + n_needs
    gain = np.concatenate(
        [worth.seat, np.zeros(n_openings), np.ones(n_needs), np.full(len(counting), problem.hour_value)]
    )
    upper = np.concatenate([np.ones(first_need), needs.cap, np.zeros(len(counting))])
    owner = np.concatenate([problem.person, np.full(n_openings, -1), needs.person, counting])
    rows = Rows()
    scale = shared_rows(problem, rows, opening, every_row)
    personal_rows(problem, rows, every_row)
    _need_rows(rows, needs, first_need)
    if problem.target_hours is not None and problem.hours is not None:
        upper[first_hours:] = problem.target_hours[counting]
        hour_rows(problem, problem.hours, rows, counting, first_hours)
    floor_rows(problem, rows, gain, owner)
    lower = np.zeros(len(gain))
    if problem.hold is not None and not every_row:
        lower[opening[problem.hold]] = 1.0
    matrix, low, high = rows.matrix(len(gain)), joined(rows.low), joined(rows.high)
    return Formulation(problem, gain, lower, upper, matrix, low, high, rows.names, opening, scale, needs, counting)


def _need_rows(rows: Rows, needs: Needs, first: int) -> None:
    """Add ``z <= sum of gains x`` for every need, whose columns begin at ``first``."""
    every = np.arange(len(needs.cap))
    seat, need, gain = needs.entries
    rows.add(
        np.concatenate([every, need]),
        np.concatenate([first + every, seat]),
        np.concatenate([np.ones(len(every)), -gain]),
        -np.inf,
        0.0,
        [("", "need", k) for k in range(len(every))],
    )


def _openings(problem: AllocationProblem) -> Indices:
    """Number the columns of the sessions whose opening costs, asks for people or is decided."""
    opening = np.full(problem.n_sessions, -1, dtype=np.int64)
    opening[problem.gated] = problem.n_seats + np.arange(int(problem.gated.sum()))
    return opening
