"""What prices prove: the bound D(prices) on the value of every allocation, recomputed from the prices alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.problem import AllocationProblem, Bools
from karier_reco.optimiser.uses import TOLERANCE, seat_charges, whole

#: Sets of one person that are tried before an upper bound stands for their best; more only where a claim needs it.
NODE_LIMITS = (300, 20_000, 1_000_000)
#: A seat worth less than this at the prices is not enumerated but added in full.
NEGLIGIBLE = 1e-12


class SomePrices(Protocol):
    """What the bound needs: a price at least 0 for every line, session (twice), group and seat."""

    @property
    def budget(self) -> NDArray[np.float64]: ...
    @property
    def max_seats(self) -> NDArray[np.float64]: ...
    @property
    def min_seats(self) -> NDArray[np.float64]: ...
    @property
    def floor(self) -> NDArray[np.float64]: ...
    @property
    def link(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class Proof:
    """The bound that prices prove; ``scale`` is the size of its terms, ``loose_people`` those bounded from above."""

    bound: float
    scale: float
    loose_people: int


def prove(problem: AllocationProblem, prices: SomePrices, claimed: float | None = None) -> Proof:
    """Compute D(prices): no allocation of the problem is worth more, whatever the prices, if they are >= 0.

    D = sum(budget prices x budget) - sum(floor prices x floor) + for every session what opening it is worth, if
    that is above 0 or it is held + for every person the most that an allowed set of their seats is worth at these
    prices. The last is found by enumeration with pruning. Where that takes long, an upper bound stands for it,
    unless ``claimed`` is lower than what it gives: then the search goes on. Minus infinity if a person has no
    allowed set.
    """
    money = np.asarray(prices.budget, dtype=np.float64)
    session, most = problem.session, whole(problem.max_seats)
    least = np.zeros_like(most) if problem.min_seats is None else whole(problem.min_seats)
    opening = prices.max_seats * most - prices.min_seats * least
    opening = opening + np.bincount(session, weights=prices.link, minlength=problem.n_sessions)
    if problem.opening_cost is not None:
        opening = opening - problem.opening_cost.astype(np.float64) @ money
    held = np.zeros(problem.n_sessions, dtype=bool) if problem.hold is None else problem.hold
    opening = np.where(held, opening, np.maximum(opening, 0.0))
    price = seat_charges(problem).astype(np.float64) @ money
    price = price + (prices.max_seats - prices.min_seats)[session] + prices.link
    weight, floors = np.ones(problem.n_people), 0.0
    if problem.groups is not None and problem.floor is not None:
        weight = weight + problem.groups.astype(np.float64) @ prices.floor
        floors = float(prices.floor @ problem.floor)
    fixed = float(money @ whole(problem.budget)) - floors + float(opening.sum())
    scale = float(money @ whole(problem.budget)) + floors + float(np.abs(opening).sum())

    seats = _Seats(problem, weight, price)
    best, todo = seats.best_of_simple_people()
    for limit in NODE_LIMITS:
        loose = []
        for person in todo:
            best[person], exact = seats.best_of(person, limit)
            if not exact:
                loose.append(person)
        bound = fixed + seats.negligible + float(best.sum())
        todo = loose
        if not todo or claimed is None or bound <= claimed + TOLERANCE * max(1.0, scale):
            break
    return Proof(bound, scale + float(np.abs(best[np.isfinite(best)]).sum()), len(todo))


class _Seats:
    """The candidate seats at given prices: (E,) own worth, and the worth alone with needs and hours."""

    def __init__(self, problem: AllocationProblem, weight: NDArray[np.float64], price: NDArray[np.float64]) -> None:
        person = problem.person
        self.problem, self.weight = problem, weight
        self.own = weight[person] * np.asarray(problem.value, dtype=np.float64) - price
        self.hours = np.zeros(problem.n_seats, dtype=np.int64)
        if problem.hours is not None:
            self.hours = whole(problem.hours)[problem.session]
        every = problem.n_people
        no_limit = np.full(every, 2**62)
        self.max_sessions = no_limit if problem.max_sessions is None else whole(problem.max_sessions)
        self.max_hours = no_limit if problem.max_hours is None else whole(problem.max_hours)
        self.target = np.zeros(every) if problem.target_hours is None else problem.target_hours.astype(np.float64)
        self.rows: dict[int, list[tuple[int, frozenset[int]]]] = {}
        for row, (session, group) in enumerate(problem.requires):
            self.rows.setdefault(session, []).append((row, frozenset(group.tolist())))
        self.groups: dict[int, list[int]] = {}
        for number, members in enumerate(problem.exclusive):
            for session in members.tolist():
                self.groups.setdefault(session, []).append(number)

        self.alone = self.own + weight[person] * problem.hour_value * np.minimum(self.target[person], self.hours)
        if problem.need_gain is not None and problem.need_cap is not None:
            gain = sp.coo_array(problem.need_gain)
            capped = np.minimum(gain.data, problem.need_cap[gain.col])
            self.alone += weight[person] * np.bincount(gain.row, weights=capped, minlength=problem.n_seats)
        fits = (self.hours <= self.max_hours[person]) & (self.max_sessions[person] > 0)
        self.worthwhile = fits & (self.alone > NEGLIGIBLE)
        self.negligible = float(self.alone[fits & (self.alone > 0) & ~self.worthwhile].sum())

    def best_of_simple_people(self) -> tuple[NDArray[np.float64], list[int]]:
        """Return (P,) the best of those of whom at most one seat can count, and the list of the others."""
        problem, person = self.problem, self.problem.person
        count = np.bincount(person[self.worthwhile], minlength=problem.n_people)
        hard = (count > 1) & (self.max_sessions > 1)
        if problem.must is not None:
            hard[person[problem.must >= 0]] = True
        hard[person[self.worthwhile & self._asks()]] = True
        best = np.zeros(problem.n_people)
        np.maximum.at(best, person[self.worthwhile], self.alone[self.worthwhile])
        best[hard] = 0.0
        return best, np.flatnonzero(hard).tolist()

    def _asks(self) -> Bools:
        """Return (E,) whether a seat needs another one beside it."""
        asks = np.zeros(self.problem.n_seats, dtype=bool)
        for row, (session, _) in enumerate(self.problem.requires):
            met = False if self.problem.requires_met is None else self.problem.requires_met[:, row]
            asks |= (self.problem.session == session) & ~np.asarray(met)
        return asks

    def best_of(self, person: int, limit: int) -> tuple[float, bool]:
        """Return the most that an allowed set of a person's seats is worth, and whether it is exact."""
        return _Search(self, person).best(limit)


class _Search:
    """Enumerate one person's allowed sets; sets of seats are bit masks over the person's candidates.

    The worth of a set is submodular: what a seat adds never grows with the set. So a seat that adds nothing now
    adds nothing later, and the sum of what the best seats left would add bounds what can still come.
    """

    def __init__(self, seats: _Seats, person: int) -> None:
        problem, weight = seats.problem, float(seats.weight[person])
        first, last = int(problem.starts[person]), int(problem.starts[person + 1])
        session = dict(zip(problem.session[first:last].tolist(), range(first, last), strict=True))
        must = (
            {}
            if problem.must is None
            else dict(zip(range(first, last), problem.must[first:last].tolist(), strict=True))
        )
        asked = {e: self._asked(seats, e) for e in range(first, last)}
        wanted = [e for e in range(first, last) if seats.worthwhile[e] or must.get(e, -1) >= 0]
        helpers = {e for e in wanted if must.get(e, -1) >= 0}
        for e in wanted:  # grows while it runs: a helper may need helpers
            for group in asked[e]:
                found = {session[s] for s in group if s in session}
                helpers |= found
                wanted += sorted(found.difference(wanted))
        at = {e: i for i, e in enumerate(wanted)}
        self.own = [float(seats.own[e]) for e in wanted]
        self.hours = [int(seats.hours[e]) for e in wanted]
        self.kept = sum(1 << at[e] for e in helpers)
        self.asked = [[sum(1 << at[session[s]] for s in g if s in session) for g in asked[e]] for e in wanted]
        numbers = {number for number in must.values() if number >= 0}
        self.musts = [sum(1 << at[e] for e in wanted if must[e] == number) for number in sorted(numbers)]
        self.clash = self._clashes(seats, [int(problem.session[e]) for e in wanted])
        self.gains, self.caps = self._needs(problem, wanted, weight)
        self.max_sessions, self.max_hours = int(seats.max_sessions[person]), int(seats.max_hours[person])
        self.hour_value, self.target = weight * problem.hour_value, float(seats.target[person])

    @staticmethod
    def _asked(seats: _Seats, seat: int) -> list[frozenset[int]]:
        met = seats.problem.requires_met
        rows = seats.rows.get(int(seats.problem.session[seat]), [])
        return [group for row, group in rows if met is None or not met[seat, row]]

    @staticmethod
    def _clashes(seats: _Seats, session: list[int]) -> list[int]:
        members: dict[int, int] = {}
        for i, s in enumerate(session):
            for group in seats.groups.get(s, []):
                members[group] = members.get(group, 0) | 1 << i
        clash = []
        for i, s in enumerate(session):
            mask = 1 << i
            for group in seats.groups.get(s, []):
                mask |= members[group]
            clash.append(mask)
        return clash

    @staticmethod
    def _needs(
        problem: AllocationProblem, wanted: list[int], weight: float
    ) -> tuple[list[list[tuple[int, float]]], list[float]]:
        if problem.need_gain is None or problem.need_cap is None:
            return [[] for _ in wanted], []
        gain, number, caps, gains = problem.need_gain, dict[int, int](), list[float](), []
        for e in wanted:
            part = slice(gain.indptr[e], gain.indptr[e + 1])
            row = []
            for need, much in zip(gain.indices[part].tolist(), gain.data[part].tolist(), strict=True):
                if need not in number:
                    number[need] = len(caps)
                    caps.append(weight * float(problem.need_cap[need]))
                row.append((number[need], weight * much))
            gains.append(row)
        return gains, caps

    def best(self, limit: int) -> tuple[float, bool]:
        """Search depth first; after ``limit`` sets an upper bound stands for what is left."""
        best, above, tried = -np.inf, -np.inf, 0
        root = (0, 0.0, list(range(len(self.own))), 0, self.caps)
        stack: list[Any] = [self._open(*root)]
        if self._allowed(0):
            best = 0.0
        while stack:
            frame = stack[-1]
            order, at, chosen, value, hours, room, most = frame
            left = self.max_sessions - chosen.bit_count()
            reach = value + sum(add for add, _ in order[at : at + left] if add > 0) if left > 0 else -np.inf
            reach = min(reach, most)
            if at == len(order) or reach <= best + NEGLIGIBLE:
                stack.pop()
                continue
            if tried >= limit:
                above = max(above, reach)
                stack.pop()
                continue
            tried += 1
            frame[1] += 1
            add, seat = order[at]
            mask, worth = chosen | 1 << seat, value + add
            if worth > best and self._allowed(mask):
                best = worth
            rest = [e for _, e in order[at + 1 :] if not self.clash[seat] >> e & 1]
            if rest:
                stack.append(self._open(mask, worth, rest, hours + self.hours[seat], self._room(room, seat)))
        return max(best, above), above <= best

    def _room(self, room: list[float], seat: int) -> list[float]:
        if not self.gains[seat]:
            return room
        room = room.copy()
        for need, much in self.gains[seat]:
            room[need] = max(0.0, room[need] - much)
        return room

    def _open(self, chosen: int, value: float, rest: list[int], hours: int, room: list[float]) -> list[Any]:
        """Order the seats left by what they add to the chosen ones, without those that add nothing.

        Last in the frame stands the most that all of them together could bring, each need counted once.
        """
        order, closed, most, left = [], dict[int, float](), value, 0
        for e in rest:
            if hours + self.hours[e] > self.max_hours:
                continue
            add = self.own[e]
            for need, much in self.gains[e]:
                add += min(room[need], much)
            if self.hour_value and hours < self.target:
                add += self.hour_value * min(self.target - hours, self.hours[e])
            if add <= 0 and not self.kept >> e & 1:
                continue
            order.append((add, e))
            most += max(0.0, self.own[e])
            left += self.hours[e]
            for need, much in self.gains[e]:
                closed[need] = closed.get(need, 0.0) + much
        order.sort(reverse=True)
        most += sum(min(room[need], much) for need, much in closed.items())
        most += self.hour_value * min(max(0.0, self.target - hours), left)
        return [order, 0, chosen, value, hours, room, most]

    def _allowed(self, chosen: int) -> bool:
        if not all(chosen & mask for mask in self.musts):
            return False
        return all(
            all(chosen & mask for mask in groups) for e, groups in enumerate(self.asked) if groups and chosen >> e & 1
        )
