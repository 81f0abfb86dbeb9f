"""Make a plan out of prices, out of another plan that breaks limits, or out of nothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser import ledger
from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.arrays import whole
from karier_reco.optimiser.blocks import cut
from karier_reco.optimiser.problem import AllocationProblem, Bools
from karier_reco.optimiser.worth import Worth, weigh

#: A gain below this share of the largest one is rounding, not worth a rupiah.
TRIFLE = 1e-12
#: Seats that are sorted at a time, those that score best: of a crowd's few are granted before the money is gone.
AT_A_TIME = 500_000

Indices = NDArray[np.int64]


class Repair:
    """Build and complete plans of one problem, guided by prices where there are any.

    With prices a seat scores what it adds less what it pays; without, what it adds for its share of the budgets.
    """

    def __init__(self, problem: AllocationProblem, worth: Worth | None = None, prices: Prices | None = None) -> None:
        self._problem = problem
        self._rules = _rules(problem, weigh(problem) if worth is None else worth)
        self._guide = _guide(problem, self._rules, prices)

    def guided_by(self, prices: Prices) -> Repair:
        """Return the same with other prices."""
        other = object.__new__(Repair)
        other._problem, other._rules = self._problem, self._rules
        other._guide = _guide(self._problem, self._rules, prices)
        return other

    def build(self, first: Iterable[int] | Indices = ()) -> Bools:
        """Return a plan that keeps to every limit that granting can break.

        The seats of ``first`` are granted before all others as far as they fit, in their order, but holds and musts
        come before. These and floors are met where this finds a way; the caller checks.
        """
        left, seats = self._empty(), np.asarray(first, dtype=np.int64)
        asked = np.zeros(seats.size, dtype=np.bool_)
        if self._problem.must is not None:
            asked = self._problem.must[seats] >= 0
        for part in (seats[asked], seats[~asked]):
            ledger.take_over(self._rules, left, part)
            ledger.drop_unsupported(self._rules, left)
            self._meet_demands(left)
        return self._complete(left)

    def _meet_demands(self, left: ledger.Left) -> None:
        if self._problem.hold is not None:
            for s in np.flatnonzero(self._problem.hold).tolist():
                if not left.filled[s]:
                    ledger.open_session(self._rules, left, self._guide, s, -1)
        if self._problem.must is not None:
            ledger.meet_musts(self._rules, left, self._guide, *_options(self._problem))

    def fill(self, granted: Bools) -> Bools:
        """Return a plan that keeps every limit with all that still fits granted too."""
        left = self._empty()
        ledger.take(self._rules, left, np.flatnonzero(granted))
        return self._complete(left)

    def best_first(self, granted: Bools) -> Indices:
        """Return the granted seats, those that score best by themselves first."""
        seats = np.flatnonzero(granted)
        values = np.empty(seats.size)
        ledger.scores(self._rules, self._empty(), self._guide, seats, values)
        return seats[np.argsort(-values, kind="stable")]

    def _complete(self, left: ledger.Left) -> Bools:
        """Grant seats, and open sessions, until nothing that would add value fits any more."""
        seats = np.empty(min(self._problem.n_seats, AT_A_TIME), dtype=np.int64)
        low = -np.inf
        while True:
            count = ledger.promising(self._rules, left, self._guide, low, 1, seats)
            if count > seats.size:
                low = self._cut(left, low, count, seats)
            elif ledger.fill(self._rules, left, self._guide, seats[:count]):
                low = -np.inf
            elif low == -np.inf:
                return np.asarray(left.granted)
            else:
                low = -np.inf

    def _cut(self, left: ledger.Left, low: float, count: int, room: Indices) -> float:
        """Return a score that about half as many seats reach as there is room for, judged by some people's."""
        every = 2 * count // room.size + 1
        found = ledger.promising(self._rules, left, self._guide, low, every, room)
        values = np.empty(min(found, room.size))
        ledger.scores(self._rules, left, self._guide, room[: values.size], values)
        return float(np.quantile(values, 1 - 0.5 * room.size / count)) if values.size else np.inf

    def _empty(self) -> ledger.Left:
        problem, people = self._problem, self._rules.people
        return ledger.Left(
            whole(problem.budget).copy(),
            whole(problem.max_seats).copy(),
            np.zeros(problem.n_sessions, dtype=np.int64),
            people.most.copy(),
            people.longest.copy(),
            people.target.copy(),
            np.zeros(people.cap.size),
            np.zeros(problem.n_seats, dtype=np.bool_),
        )


def _rules(problem: AllocationProblem, worth: Worth) -> ledger.Rules:
    (everybody,) = cut(problem, worth, max(problem.n_people, 1))
    least = np.ones(problem.n_sessions, dtype=np.int64)
    if problem.min_seats is not None:
        least = np.maximum(least, whole(problem.min_seats))
    start, line, cost = np.zeros(problem.n_sessions + 1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    if problem.opening_cost is not None:
        opening = problem.opening_cost
        start, line, cost = (part.astype(np.int64) for part in (opening.indptr, opening.indices, opening.data))
    gated = problem.gated
    seats = np.flatnonzero(gated[problem.session]) if gated.any() else np.zeros(0, np.int64)
    seats = seats[np.argsort(problem.session[seats], kind="stable")]
    edges = np.searchsorted(problem.session[seats], np.arange(problem.n_sessions + 1)).astype(np.int64)
    return ledger.Rules(
        everybody.people,
        everybody.costs,
        problem.person.astype(np.int32, copy=False),
        least,
        problem.needs_team,
        start,
        line,
        cost,
        edges,
        seats,
    )


def _guide(problem: AllocationProblem, rules: ledger.Rules, prices: Prices | None) -> ledger.Guide:
    gains = max(float(np.max(problem.value, initial=0.0)), problem.hour_value)
    if problem.need_gain is not None:
        gains = max(gains, float(np.max(problem.need_gain.data, initial=0.0)))
    opening = np.zeros(problem.n_sessions)
    if prices is None:
        price, toll, link = (
            1.0 / np.maximum(problem.budget.astype(np.float64), 1.0),
            np.full(problem.n_sessions, 1e-9),
            None,
        )
    else:
        price, toll, link = prices.budget, prices.max_seats - prices.min_seats, prices.link
    if problem.opening_cost is not None:
        opening = np.asarray(problem.opening_cost.astype(np.float64) @ price)
    used_links = np.empty(0) if link is None or not link.any() else link
    return ledger.Guide(prices is not None, price, toll, used_links, opening, TRIFLE * gains)


def _options(problem: AllocationProblem) -> tuple[Indices, Indices, Indices]:
    """Return where the seats of each must begin and end, and the seats; musts with the fewest to choose from first."""
    every = np.full(problem.n_seats, -1) if problem.must is None else problem.must.astype(np.int64)
    seats = np.flatnonzero(every >= 0)
    must, person = every[seats], problem.person[seats].astype(np.int64)
    order = np.lexsort((seats, must, person))
    seats, must, person = seats[order], must[order], person[order]
    new = np.flatnonzero(np.diff(person, prepend=-1) | np.diff(must, prepend=-1))
    ends = np.append(new[1:], seats.size)
    by_size = np.argsort(ends - new, kind="stable")
    return new[by_size], ends[by_size], seats
