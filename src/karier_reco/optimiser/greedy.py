"""A plan in one pass: the seat or session that gives most for what it takes, again and again.

What a seat adds only falls while others are granted, so an old score is an upper limit: the best entry of a heap is
scored anew and taken if it is still the best (lazy greedy). A session that needs several people to open, or pays to
open, is scored and opened with a whole team.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.bound import seat_prices
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.room import Room

#: A gain below this share of the largest one is rounding, not worth a rupiah.
TRIFLE = 1e-12


class Greedy:
    """Build and complete plans of one problem, guided by prices where there are any.

    With prices a seat scores what it adds less what it pays; without, what it adds for its share of the budgets.
    """

    def __init__(self, problem: AllocationProblem, prices: Prices | None = None) -> None:
        self._problem, self._priced = problem, prices is not None
        self._session: list[int] = problem.session.tolist()
        order = np.argsort(problem.session, kind="stable")
        edges = np.searchsorted(problem.session[order], np.arange(problem.n_sessions + 1))
        self._members: list[list[int]] = [order[a:b].tolist() for a, b in pairwise(edges)]
        self._most: list[int] = problem.max_seats.tolist()
        self._least = [1] * problem.n_sessions
        if problem.min_seats is not None:
            self._least = [max(1, least) for least in problem.min_seats.tolist()]
        if prices is None:
            rate = 1.0 / np.maximum(problem.budget.astype(np.float64), 1.0)
            paid = problem.seat_cost.astype(np.float64) @ rate + 1e-9
        else:
            rate, paid = prices.budget, seat_prices(problem, prices)
        opening: NDArray[np.float64] = np.zeros(problem.n_sessions)
        costly = np.zeros(problem.n_sessions, dtype=np.bool_)
        if problem.opening_cost is not None:
            opening = problem.opening_cost.astype(np.float64) @ rate
            costly = np.asarray(problem.opening_cost.sum(axis=1)).ravel() > 0
        self._teams = [pays or least > 1 for pays, least in zip(costly.tolist(), self._least, strict=True)]
        self._paid: list[float] = paid.tolist()
        self._opening: list[float] = opening.tolist()
        gains = problem.value if problem.need_gain is None else np.append(problem.value, problem.need_gain.data)
        self._trifle = TRIFLE * max(float(np.max(gains, initial=0.0)), problem.hour_value)

    def build(self, first: Iterable[int] = ()) -> NDArray[np.bool_]:
        """Return a plan that keeps to every limit that granting can break.

        The seats of ``first`` are granted before all others as far as they fit, in their order. Holds, musts and
        floors are met where this finds a way; the caller checks.
        """
        room = Room(self._problem)
        for e in first:
            if room.joins(e):
                room.grant(e)
        self._drop_unsupported(room)
        if self._problem.hold is not None:
            for s in np.flatnonzero(self._problem.hold).tolist():
                self._open(room, s)
        self._meet_musts(room)
        self.fill(room)
        return room.granted

    def fill(self, room: Room) -> None:
        """Grant seats, and open sessions, until nothing that would add value fits any more."""
        while self._pass(room):
            pass

    def _pass(self, room: Room) -> bool:
        """Go through all that may fit once, best first; say whether anything was granted."""
        heap: list[tuple[float, int]] = []  # (minus score, seat) or (minus score, -1 - session)
        seats = (e for e in room.promising() if not self._waits(room, e) and room.fits(e))
        heap += [(-self._score(room, e), e) for e in seats]
        closed = (s for s, team in enumerate(self._teams) if team and not room.filled[s])
        heap += [(-self._team_score(room, s), -1 - s) for s in closed]
        heapq.heapify(heap)
        granted = False
        while heap:
            old, key = heapq.heappop(heap)
            score = self._rescore(room, key)
            if score is None:
                continue
            if heap and -score > max(old, heap[0][0]):
                heapq.heappush(heap, (-score, key))
            elif key >= 0:
                room.grant(key)
                granted = True
            elif self._open(room, -1 - key):
                granted = True
                for e in self._members[-1 - key]:
                    if room.fits(e):
                        heapq.heappush(heap, (-self._score(room, e), e))
        return granted

    def _rescore(self, room: Room, key: int) -> float | None:
        """Return the score of an entry as things stand, None if it cannot be had or adds nothing."""
        if key < 0:
            score = self._team_score(room, -1 - key)
            return score if score > -np.inf else None
        return self._score(room, key) if room.fits(key) and room.gain(key) > self._trifle else None

    def _waits(self, room: Room, e: int) -> bool:
        """Say whether a seat can only come with a team."""
        s = self._session[e]
        return self._teams[s] and not room.filled[s]

    def _score(self, room: Room, e: int) -> float:
        return room.gain(e) - self._paid[e] if self._priced else room.gain(e) / self._paid[e]

    def _team(self, room: Room, s: int, wanted: int | None = None) -> list[int]:
        """Return the best seats that could open the session together, ``wanted`` among them; none if too few."""
        if room.filled[s] or not self._least[s] <= self._most[s]:
            return []
        team = sorted((e for e in self._members[s] if room.joins(e)), key=lambda e: (-self._score(room, e), e))
        if wanted is not None:
            team = [wanted, *(e for e in team if e != wanted)]
        return team[: self._most[s]] if len(team) >= self._least[s] else []

    def _team_score(self, room: Room, s: int) -> float:
        """Return what a session scores per person, minus infinity if it cannot be opened or adds nothing."""
        team = self._team(room, s)
        gain = [room.gain(e) for e in team]
        if sum(gain) <= self._trifle:
            return -np.inf
        paid = [self._paid[e] for e in team]
        if not self._priced:
            return sum(gain) / (sum(paid) + self._opening[s])
        net = [g - p for g, p in zip(gain, paid, strict=True)]
        least = self._least[s]
        return (sum(net[:least]) + sum(n for n in net[least:] if n > 0) - self._opening[s]) / len(team)

    def _open(self, room: Room, s: int, wanted: int | None = None) -> bool:
        """Open a session with its team, or leave everything as it was."""
        joined: list[int] = []
        for e in self._team(room, s, wanted):
            if room.joins(e) and (len(joined) < self._least[s] or room.gain(e) > self._trifle):
                room.grant(e)
                joined.append(e)
        if len(joined) >= self._least[s] and (wanted is None or wanted in joined):
            return True
        for e in reversed(joined):
            room.revoke(e)
        return False

    def _drop_unsupported(self, room: Room) -> None:
        """Take back seats in sessions with too few people, and those that lost the seat they require."""
        for s, filled in enumerate(room.filled):
            if 0 < filled < self._least[s]:
                for e in self._members[s]:
                    if room.granted[e]:
                        room.revoke(e)
        for first, _ in self._problem.requires:
            for e in self._members[first]:
                if room.granted[e]:
                    room.revoke(e)
                    if room.joins(e):
                        room.grant(e)

    def _meet_musts(self, room: Room) -> None:
        """Grant one seat of every must, those with the fewest seats to choose from first."""
        problem = self._problem
        if problem.must is None:
            return
        options: dict[tuple[int, int], list[int]] = {}
        for e in np.flatnonzero(problem.must >= 0).tolist():
            options.setdefault((int(problem.person[e]), int(problem.must[e])), []).append(e)
        for _, seats in sorted(options.items(), key=lambda item: (len(item[1]), item[0])):
            if any(room.granted[e] for e in seats):
                continue
            for e in sorted(seats, key=lambda e: (-self._score(room, e), e)):
                self._grant_required(room, e)
                if room.fits(e):
                    room.grant(e)
                    break
                if self._waits(room, e) and room.joins(e) and self._open(room, self._session[e], e):
                    break

    def _grant_required(self, room: Room, e: int) -> None:
        """Grant what a seat requires, where one seat more for each row is enough."""
        problem, i = self._problem, int(self._problem.person[e])
        for row in list(room.breaks(e)):
            if row[0] != "requires":
                continue
            group = set(problem.requires[row[2]][1].tolist())
            own = range(int(problem.starts[i]), int(problem.starts[i + 1]))
            helper = next((other for other in own if self._session[other] in group and room.fits(other)), None)
            if helper is not None:
                room.grant(helper)
