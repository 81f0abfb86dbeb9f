"""The bound that prices prove: D of ``docs/explanation/allocation.md``, person by person and session by session."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.problem import AllocationProblem

#: Nodes of one person's search; beyond it the person counts with an upper limit of their best set.
MOST_NODES = 20_000


def seat_prices(problem: AllocationProblem, prices: Prices) -> NDArray[np.float64]:
    """Return (E,) what each seat pays for the limits it uses."""
    paid = problem.seat_cost.astype(np.float64) @ prices.budget + prices.link
    return np.asarray(paid + (prices.max_seats - prices.min_seats)[problem.session], dtype=np.float64)


def dual_bound(formulation: Formulation, prices: Prices) -> float:
    """Return D(prices), at least the value of every plan; minus infinity when some person has no allowed set."""
    problem = formulation.problem
    total = float(prices.budget @ problem.budget.astype(np.float64)) + _sessions_share(problem, prices)
    factor = np.ones(problem.n_people)
    if problem.groups is not None and problem.floor is not None:
        total -= float(prices.floor @ problem.floor)
        factor += problem.groups.astype(np.float64) @ prices.floor
    search = _Search(formulation, factor, seat_prices(problem, prices))
    return total + float(np.sum([search.best(i) for i in range(problem.n_people)]))


def _sessions_share(problem: AllocationProblem, prices: Prices) -> float:
    share = problem.max_seats.astype(np.float64) * prices.max_seats
    share += np.bincount(problem.session, weights=prices.link, minlength=problem.n_sessions)
    if problem.min_seats is not None:
        share -= problem.min_seats.astype(np.float64) * prices.min_seats
    if problem.opening_cost is not None:
        share -= problem.opening_cost.astype(np.float64) @ prices.budget
    held = np.zeros(problem.n_sessions, dtype=np.bool_) if problem.hold is None else problem.hold
    return float(np.where(held, share, np.maximum(share, 0.0)).sum())


class _Search:
    """Find each person's best allowed set of seats by depth-first search, most promising seats first.

    What a seat adds to a set never exceeds what it is worth alone, so the best few of the seats that are left, taken
    alone, bound what can still come.
    """

    def __init__(self, formulation: Formulation, factor: NDArray[np.float64], paid: NDArray[np.float64]) -> None:
        problem = formulation.problem
        needs = formulation.needs
        self._problem = problem
        plain = formulation.gain[: problem.n_seats] * factor[problem.person] - paid
        seat, need, gain = needs.entries
        gain = gain * factor[problem.person[seat]]
        self._cap = (needs.cap * factor[needs.person]).tolist()
        hours = problem.hours[problem.session] if problem.hours is not None else np.zeros(problem.n_seats, dtype=np.int64)
        self._target = np.zeros(problem.n_people)
        if len(formulation.counting) and problem.target_hours is not None:
            self._target[formulation.counting] = problem.target_hours[formulation.counting]
        self._per_hour = (problem.hour_value * factor).tolist()
        alone = plain + np.bincount(seat, weights=gain, minlength=problem.n_seats)
        alone += problem.hour_value * factor[problem.person] * np.minimum(self._target[problem.person], hours)
        self._plain, self._alone, self._hours = plain.tolist(), alone, hours.tolist()
        order = np.lexsort((need, seat))
        self._need, self._gain = need[order].tolist(), gain[order].tolist()
        self._first = np.searchsorted(seat[order], np.arange(problem.n_seats + 1)).tolist()
        self._session = problem.session.tolist()
        self._groups: list[set[int]] = [set() for _ in range(problem.n_sessions)]
        for g, group in enumerate(problem.exclusive):
            for s in group.tolist():
                self._groups[s].add(g)
        self._requires = [(first, set(group.tolist())) for first, group in problem.requires]
        self._asking = {first for first, _ in self._requires}

    def best(self, i: int) -> float:
        """Return the most that an allowed set of person ``i`` is worth after prices."""
        problem = self._problem
        first, last = int(problem.starts[i]), int(problem.starts[i + 1])
        alone = self._alone[first:last]
        seats = (np.flatnonzero(alone > 0) + first).tolist()
        numbers: dict[int, int] = {}
        if problem.must is not None:
            for number in problem.must[first:last].tolist():
                if number >= 0:
                    numbers.setdefault(number, len(numbers))
        if numbers or any(self._session[e] in self._asking for e in seats):
            seats = list(range(first, last))  # a seat that does not pay for itself may be what another one needs
        seats.sort(key=lambda e: (-self._alone[e], e))
        most = len(seats) if problem.max_sessions is None else min(len(seats), int(problem.max_sessions[i]))
        hours = -1 if problem.max_hours is None else int(problem.max_hours[i])
        return _PersonSearch(self, i, seats, most, hours, numbers).run()


class _PersonSearch:
    def __init__(self, shared: _Search, i: int, seats: list[int], most: int, hours: int, numbers: dict[int, int]) -> None:
        self._shared, self._seats, self._most, self._hours, self._numbers = shared, seats, most, hours, numbers
        alone = [max(0.0, float(shared._alone[e])) for e in seats]
        self._ahead = [0.0, *np.cumsum(alone).tolist()]
        self._target, self._per_hour = float(shared._target[i]), shared._per_hour[i]
        self._closed: dict[int, float] = {}
        self._best = -np.inf
        self._nodes = 0

    def run(self) -> float:
        if not self._numbers:
            self._best = 0.0
        self._extend(0, 0.0, [], 0)
        if self._nodes > MOST_NODES:
            return self._ahead[min(self._most, len(self._seats))]
        return self._best

    def _extend(self, at: int, worth: float, chosen: list[int], hours: int) -> None:
        shared = self._shared
        if worth > self._best and self._allowed(chosen):
            self._best = worth
        for position in range(at, len(self._seats)):
            last = min(len(self._seats), position + self._most - len(chosen))
            if len(chosen) >= self._most or worth + self._ahead[last] - self._ahead[position] <= self._best:
                return
            self._nodes += 1
            if self._nodes > MOST_NODES:
                return
            e = self._seats[position]
            longer = hours + shared._hours[e]
            if 0 <= self._hours < longer or self._clashes(e, chosen):
                continue
            step = shared._plain[e]
            if self._target:
                step += self._per_hour * (min(self._target, longer) - min(self._target, hours))
            before = []
            for entry in range(shared._first[e], shared._first[e + 1]):
                k, gain = shared._need[entry], shared._gain[entry]
                closed = self._closed.get(k, 0.0)
                before.append((k, closed))
                step += min(shared._cap[k], closed + gain) - min(shared._cap[k], closed)
                self._closed[k] = closed + gain
            chosen.append(e)
            self._extend(position + 1, worth + step, chosen, longer)
            chosen.pop()
            for k, closed in before:
                self._closed[k] = closed

    def _clashes(self, e: int, chosen: list[int]) -> bool:
        groups = self._shared._groups[self._shared._session[e]]
        return bool(groups) and any(not groups.isdisjoint(self._shared._groups[self._shared._session[c]]) for c in chosen)

    def _allowed(self, chosen: list[int]) -> bool:
        shared, problem = self._shared, self._shared._problem
        if self._numbers and problem.must is not None:
            met = {int(problem.must[e]) for e in chosen}
            if any(number not in met for number in self._numbers):
                return False
        if shared._asking:
            attended = {shared._session[e] for e in chosen}
            for r, (first, group) in enumerate(shared._requires):
                if first not in attended or not group.isdisjoint(attended):
                    continue
                e = next(c for c in chosen if shared._session[c] == first)
                if problem.requires_met is None or not problem.requires_met[e, r]:
                    return False
        return True
