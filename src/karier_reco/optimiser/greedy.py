"""A plan in one pass: the seat or session that gives most for what it takes, again and again.

What a seat adds only falls while others are granted, so an old score is an upper limit: the best entry of a heap is
scored anew and taken if it is still the best (lazy greedy). A session that needs several people to open, or pays to
open, is scored and opened with a whole team.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.bound import seat_prices
from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.room import Room

#: A gain below this share of the largest seat's value is rounding, not worth a rupiah.
TRIFLE = 1e-12


class Greedy:
    """Build and complete plans of one problem, guided by prices where there are any."""

    def __init__(self, problem: AllocationProblem, prices: Prices | None = None) -> None:
        self._problem = problem
        self._session = problem.session.tolist()
        self._person = problem.person.tolist()
        order = np.argsort(problem.session, kind="stable")
        edges = np.searchsorted(problem.session[order], np.arange(problem.n_sessions + 1))
        self._members = [order[a:b].tolist() for a, b in zip(edges[:-1], edges[1:], strict=True)]
        self._least = [1] * problem.n_sessions if problem.min_seats is None else np.maximum(problem.min_seats, 1).tolist()
        self._held = np.zeros(problem.n_sessions, dtype=np.bool_) if problem.hold is None else problem.hold
        opening = np.zeros(problem.n_sessions)
        use = problem.seat_cost.astype(np.float64)
        if prices is None:
            rate = 1.0 / np.maximum(problem.budget.astype(np.float64), 1.0)
            paid = use @ rate + (1.0 / np.maximum(problem.max_seats.astype(np.float64), 1.0))[problem.session] / max(problem.n_sessions, 1)
        else:
            rate = prices.budget
            paid = seat_prices(problem, prices)
        if problem.opening_cost is not None:
            opening = problem.opening_cost.astype(np.float64) @ rate
        self._opens = [bool(c) or n > 1 for c, n in zip(opening > 0, self._least, strict=True)]
        if problem.opening_cost is not None:
            costly = np.asarray(problem.opening_cost.sum(axis=1)).ravel() > 0
            self._opens = [a or bool(b) for a, b in zip(self._opens, costly, strict=True)]
        self._paid, self._opening_paid = paid.tolist(), opening.tolist()
        self._priced = prices is not None
        self._asking = {first for first, _ in problem.requires}
        self._trifle = TRIFLE * float(np.max(problem.value, initial=0.0) + np.max(_need_gain(problem), initial=0.0) + problem.hour_value)

    def build(self, first: Iterable[int] = ()) -> NDArray[np.bool_]:
        """Return a plan that keeps to every limit that can only be broken by granting.

        The seats of ``first`` are granted before all others as far as they fit, in their order. Holds, musts and
        floors are met where this finds a way; the caller checks.
        """
        room = Room(self._problem)
        for e in first:
            if room.joins(e):
                room.grant(e)
        self._close_small(room)
        for s in np.flatnonzero(self._held).tolist():
            if not room.filled[s]:
                self._open(room, s, None)
        self._meet_musts(room)
        self.fill(room)
        return room.granted

    def fill(self, room: Room) -> None:
        """Grant seats, and open sessions, until nothing that would add value fits any more."""
        while self._pass(room):
            pass

    def _pass(self, room: Room) -> bool:
        """Go through all candidates once, best first; say whether any was granted."""
        heap = [(-self._score(room, e), e) for e in range(self._problem.n_seats) if not self._waits(room, e) and room.fits(e)]
        teams = ((self._team_score(room, s), s) for s in range(self._problem.n_sessions) if self._opens[s] and not room.filled[s])
        heap += [(-score, -1 - s) for score, s in teams if score > 0]
        heapq.heapify(heap)
        granted = False
        while heap:
            old, key = heapq.heappop(heap)
            if key >= 0 and not room.fits(key):
                continue
            score = self._team_score(room, -1 - key) if key < 0 else self._score(room, key)
            if (key < 0 and score <= 0) or (key >= 0 and room.gain(key) <= self._trifle):
                continue
            if heap and -score > heap[0][0] and -score > old:
                heapq.heappush(heap, (-score, key))
                continue
            if key < 0:
                if self._open(room, -1 - key, None):
                    granted = True
                    for e in self._members[-1 - key]:
                        if room.fits(e):
                            heapq.heappush(heap, (-self._score(room, e), e))
            else:
                room.grant(key)
                granted = True
        return granted

    def _waits(self, room: Room, e: int) -> bool:
        """Say whether a seat can only come with a team."""
        return self._opens[self._session[e]] and not room.filled[self._session[e]]

    def _score(self, room: Room, e: int) -> float:
        gain = room.gain(e)
        return gain - self._paid[e] if self._priced else gain / (self._paid[e] + 1e-9)

    def _team(self, room: Room, s: int, wanted: int | None) -> list[int]:
        """Return the best seats that could open the session together, ``wanted`` among them."""
        if room.filled[s]:
            return []
        joining = [(self._score(room, e), -e) for e in self._members[s] if room.joins(e)]
        joining.sort(reverse=True)
        team = [-e for _, e in joining]
        if wanted is not None:
            team = [wanted] + [e for e in team if e != wanted]
        most = int(self._problem.max_seats[s])
        return team[:most] if len(team) >= self._least[s] <= most else []

    def _team_score(self, room: Room, s: int) -> float:
        team = self._team(room, s, None)
        if not team:
            return -1.0
        gains = [room.gain(e) for e in team]
        if sum(gains) <= self._trifle:
            return -1.0
        if self._priced:
            nets = [gain - self._paid[e] for gain, e in zip(gains, team, strict=True)]
            net = sum(nets[: self._least[s]]) + sum(n for n in nets[self._least[s] :] if n > 0) - self._opening_paid[s]
            return max(net / len(team), 1e-300)  # a team that does not pay at these prices comes last, but it comes
        return sum(gains) / (sum(self._paid[e] for e in team) + self._opening_paid[s] + 1e-9)

    def _open(self, room: Room, s: int, wanted: int | None) -> bool:
        """Open a session with its team, or leave everything as it was."""
        joined = []
        most = int(self._problem.max_seats[s])
        for e in self._team(room, s, wanted):
            if len(joined) < most and room.joins(e) and (room.gain(e) > self._trifle or len(joined) < self._least[s]):
                room.grant(e)
                joined.append(e)
        if len(joined) >= self._least[s] and (wanted is None or wanted in joined):
            return True
        for e in reversed(joined):
            room.revoke(e)
        return False

    def _close_small(self, room: Room) -> None:
        """Take back the seats of sessions that have too few people, and those that lost what they require."""
        for s in range(self._problem.n_sessions):
            if 0 < room.filled[s] < self._least[s]:
                for e in self._members[s]:
                    if room.granted[e]:
                        room.revoke(e)
        for e in [e for e in np.flatnonzero(room.granted).tolist() if self._session[e] in self._asking]:
            room.revoke(e)
            if room.joins(e):
                room.grant(e)

    def _meet_musts(self, room: Room) -> None:
        problem = self._problem
        if problem.must is None:
            return
        options: dict[tuple[int, int], list[int]] = {}
        for e in np.flatnonzero(problem.must >= 0).tolist():
            options.setdefault((self._person[e], int(problem.must[e])), []).append(e)
        for _, seats in sorted(options.items(), key=lambda item: (len(item[1]), item[0])):
            if any(room.granted[e] for e in seats):
                continue
            for e in sorted(seats, key=lambda e: (self._paid[e] - room.gain(e), e)):
                self._grant_required(room, e)
                if room.fits(e):
                    room.grant(e)
                    break
                if self._waits(room, e) and room.joins(e) and self._open(room, self._session[e], e):
                    break

    def _grant_required(self, room: Room, e: int) -> None:
        """Grant what a seat requires, where one seat more is enough."""
        problem = self._problem
        i = self._person[e]
        for r, (first, group) in enumerate(problem.requires):
            if first != self._session[e] or (problem.requires_met is not None and problem.requires_met[e, r]):
                continue
            inside = set(group.tolist())
            if first in inside or not inside.isdisjoint(room.attends[i]):
                continue
            for other in range(int(problem.starts[i]), int(problem.starts[i + 1])):
                if self._session[other] in inside and room.fits(other):
                    room.grant(other)
                    break


def _need_gain(problem: AllocationProblem) -> NDArray[np.float64]:
    return np.zeros(0) if problem.need_gain is None else problem.need_gain.data
