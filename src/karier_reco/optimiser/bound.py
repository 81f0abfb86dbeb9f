"""The bound that prices prove: D of ``docs/explanation/allocation.md``, person by person and session by session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.formulation import Formulation
from karier_reco.optimiser.problem import AllocationProblem

#: Sets of one person that are looked at; beyond it the person counts with an upper limit of their best set.
MOST_NODES = 3_000


def seat_prices(problem: AllocationProblem, prices: Prices) -> NDArray[np.float64]:
    """Return (E,) what each seat pays for the limits it uses."""
    paid = problem.seat_cost.astype(np.float64) @ prices.budget + prices.link
    return np.asarray(paid + (prices.max_seats - prices.min_seats)[problem.session], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Pricing:
    """What prices lead to: ``bound`` is D(prices); ``sets`` and ``worth`` are each person's best set and its worth
    after prices. A person without an allowed set has minus infinity, and so has the bound.
    """

    bound: float
    worth: NDArray[np.float64]
    sets: list[list[int]]


def price(formulation: Formulation, prices: Prices) -> Pricing:
    """Compute D(prices), at least the value of every plan."""
    problem = formulation.problem
    total = float(prices.budget @ problem.budget.astype(np.float64)) + _sessions_share(problem, prices)
    factor = np.ones(problem.n_people)
    if problem.groups is not None and problem.floor is not None:
        total -= float(prices.floor @ problem.floor)
        factor += problem.groups.astype(np.float64) @ prices.floor
    search = _Search(formulation, factor, seat_prices(problem, prices))
    found = [search.best(i) for i in range(problem.n_people)]
    worth = np.array([worth for worth, _ in found], dtype=np.float64)
    return Pricing(total + float(worth.sum()), worth, [seats for _, seats in found])


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

    What a seat adds never grows with the set, so what the best few of the seats left would add now bounds what can
    still come, and a seat that adds nothing now is left out, unless another seat or a must may ask for it.
    """

    def __init__(self, formulation: Formulation, factor: NDArray[np.float64], paid: NDArray[np.float64]) -> None:
        problem, needs = formulation.problem, formulation.needs
        self.problem = problem
        self._plain = (formulation.gain[: problem.n_seats] * factor[problem.person] - paid).tolist()
        seat, need, gain = needs.entries
        gain = gain * factor[problem.person[seat]]
        self._cap = (needs.cap * factor[needs.person]).tolist()
        order = np.lexsort((need, seat))
        self._need = list(zip(need[order].tolist(), gain[order].tolist(), strict=True))
        self._first = np.searchsorted(seat[order], np.arange(problem.n_seats + 1)).tolist()
        hours = np.zeros(problem.n_sessions, dtype=np.int64) if problem.hours is None else problem.hours
        self._hours = hours[problem.session].tolist()
        target = np.zeros(problem.n_people)
        if problem.target_hours is not None:
            target[formulation.counting] = problem.target_hours[formulation.counting]
        self._target, self._per_hour = target.tolist(), (problem.hour_value * factor).tolist()
        alone = self._plain + np.bincount(seat, weights=gain, minlength=problem.n_seats)
        alone += (problem.hour_value * factor)[problem.person] * np.minimum(target[problem.person], self._hours)
        self._promising = alone > 0
        self._session = problem.session.tolist()
        self._asking: dict[int, list[tuple[int, frozenset[int]]]] = {}
        for r, (first, group) in enumerate(problem.requires):
            self._asking.setdefault(first, []).append((r, frozenset(group.tolist())))

    def best(self, i: int) -> tuple[float, list[int]]:
        """Return the most that an allowed set of person ``i`` is worth after prices, and the best set found."""
        problem = self.problem
        first, last = int(problem.starts[i]), int(problem.starts[i + 1])
        must = [] if problem.must is None else problem.must[first:last].tolist()
        self._numbers = set(must) - {-1}
        seats: list[int] = (np.flatnonzero(self._promising[first:last]) + first).tolist()
        self._keep_helpers(first, last, seats, [first + e for e, number in enumerate(must) if number >= 0])
        self._most = len(seats) if problem.max_sessions is None else int(problem.max_sessions[i])
        self._longest = sum(self._hours[first:last]) if problem.max_hours is None else int(problem.max_hours[i])
        self._i, self._closed, self._nodes = i, dict[int, float](), 0
        self._best, self._set, self._above = -np.inf if self._numbers else 0.0, list[int](), -np.inf
        self._extend([], 0.0, seats, 0)
        return max(self._best, self._above), self._set

    def _keep_helpers(self, first: int, last: int, seats: list[int], asked: list[int]) -> None:
        """Add to a person's promising seats those that a must or another seat may ask for, and keep them whatever."""
        self._kept = set(asked)
        seats += sorted(self._kept.difference(seats))
        if not any(self._session[e] in self._asking for e in seats):
            return
        own = {self._session[e]: e for e in range(first, last)}
        for e in seats:  # grows while it runs: a helper may need helpers
            for _, group in self._asked(e):
                helpers = {own[s] for s in group if s in own}
                self._kept |= helpers
                seats += sorted(helpers.difference(seats))

    def _asked(self, e: int) -> list[tuple[int, frozenset[int]]]:
        met = self.problem.requires_met
        return [row for row in self._asking.get(self._session[e], ()) if met is None or not met[e, row[0]]]

    def _extend(self, chosen: list[int], worth: float, rest: list[int], hours: int) -> None:
        if worth > self._best and self._allowed(chosen):
            self._best, self._set = worth, chosen
        left = self._most - len(chosen)
        options = [(self._adds(e, hours), -e) for e in rest if hours + self._hours[e] <= self._longest] if left else []
        options = sorted((option for option in options if option[0] > 0 or -option[1] in self._kept), reverse=True)
        for at, (add, minus_e) in enumerate(options):
            reach = worth + sum(max(0.0, a) for a, _ in options[at : at + left])
            if reach <= self._best:
                return
            if self._nodes >= MOST_NODES:
                self._above = max(self._above, reach)
                return
            self._nodes += 1
            e = -minus_e
            groups = self.problem.exclusive_of_session[self._session[e]]
            later = [-other for _, other in options[at + 1 :] if self._goes_with(groups, -other)]
            self._close(e, 1.0)
            self._extend([*chosen, e], worth + add, later, hours + self._hours[e])
            self._close(e, -1.0)

    def _adds(self, e: int, hours: int) -> float:
        add: float = self._plain[e]
        for k, gain in self._need[self._first[e] : self._first[e + 1]]:
            add += min(gain, max(0.0, self._cap[k] - self._closed.get(k, 0.0)))
        target = self._target[self._i]
        if hours < target:
            add += self._per_hour[self._i] * min(target - hours, self._hours[e])
        return add

    def _close(self, e: int, sign: float) -> None:
        for k, gain in self._need[self._first[e] : self._first[e + 1]]:
            self._closed[k] = self._closed.get(k, 0.0) + sign * gain

    def _goes_with(self, groups: frozenset[int], other: int) -> bool:
        return groups.isdisjoint(self.problem.exclusive_of_session[self._session[other]])

    def _allowed(self, chosen: list[int]) -> bool:
        if not self._kept:
            return not any(self._session[e] in self._asking and self._asked(e) for e in chosen)
        must = self.problem.must
        if must is not None and not self._numbers <= set(must[chosen].tolist()):
            return False
        attended = {self._session[e] for e in chosen}
        return not any(group.isdisjoint(attended) for e in chosen for _, group in self._asked(e))
