"""How much of every limit a growing plan has left, seat by seat."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.feasibility import Row
from karier_reco.optimiser.problem import AllocationProblem


class Room:
    """Keep what a plan uses of every limit, and say what one more seat would break and add.

    Parameters
    ----------
    problem
        The limits.
    granted
        (E,) bool, the seats to begin with; None for none.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> problem = AllocationProblem([0, 1], [0, 0], [2.0, 1.5], sp.csr_array([[3], [3]]), [5], [1])
    >>> room = Room(problem)
    >>> room.broken(1), room.gain(1)
    ((), 1.5)
    >>> room.grant(0)
    >>> room.broken(1)
    ('budget[0]', 'seats[0]')
    """

    def __init__(self, problem: AllocationProblem, granted: NDArray[np.bool_] | None = None) -> None:
        # Plain lists: a step touches a handful of entries, and indexing a list is several times faster than an array.
        self.problem = problem
        self.granted = np.zeros(problem.n_seats, dtype=np.bool_)
        self._person, self._session = problem.person.tolist(), problem.session.tolist()
        self._value = problem.value.tolist()
        self._cost = _rows(problem.seat_cost)
        self._opening = _rows(problem.opening_cost) if problem.opening_cost is not None else None
        self._left: list[int] = problem.budget.tolist()
        self._seats_left: list[int] = problem.max_seats.tolist()
        self.filled = [0] * problem.n_sessions
        self._min_seats = problem.min_seats.tolist() if problem.min_seats is not None else [0] * problem.n_sessions
        self._sessions_left = problem.max_sessions.tolist() if problem.max_sessions is not None else None
        self._hours = problem.hours.tolist() if problem.hours is not None else [0] * problem.n_sessions
        self._hours_left = problem.max_hours.tolist() if problem.max_hours is not None else None
        self._target_left = [0.0] * problem.n_people if problem.target_hours is None else problem.target_hours.tolist()
        self._need = _rows(problem.need_gain) if problem.need_gain is not None else None
        self._cap: list[float] = problem.need_cap.tolist() if problem.need_cap is not None else []
        self._closed = [0.0] * len(self._cap)
        self._groups = problem.exclusive_of_session
        self._requires: dict[int, list[tuple[int, set[int]]]] = {}
        for r, (first, group) in enumerate(problem.requires):
            self._requires.setdefault(first, []).append((r, set(group.tolist())))
        self.attends: list[list[int]] = [[] for _ in range(problem.n_people)]
        if granted is not None:
            for e in np.flatnonzero(granted).tolist():
                self.grant(e)

    def broken(self, e: int) -> tuple[str, ...]:
        """Return the names of all limits that granting seat ``e`` now would break; none: it fits."""
        return tuple(self.problem.row_name(*row) for row in self.breaks(e))

    def fits(self, e: int) -> bool:
        """Say whether seat ``e`` could be granted now."""
        return not self.granted[e] and next(self.breaks(e), None) is None

    def promising(self) -> list[int]:
        """Return the seats that may fit: those for which seats, sessions, hours and each single charge are there."""
        problem = self.problem
        maybe = ~self.granted & (np.array(self._seats_left, dtype=np.int64) > 0)[problem.session]
        if self._sessions_left is not None:
            maybe &= (np.array(self._sessions_left, dtype=np.int64) > 0)[problem.person]
        if self._hours_left is not None and problem.hours is not None:
            maybe &= np.array(self._hours_left, dtype=np.int64)[problem.person] >= problem.hours[problem.session]
        cost = problem.seat_cost
        dear = cost.data > np.array(self._left, dtype=np.int64)[cost.indices]
        maybe[np.repeat(np.arange(problem.n_seats), np.diff(cost.indptr))[dear]] = False
        promising: list[int] = np.flatnonzero(maybe).tolist()
        return promising

    def joins(self, e: int) -> bool:
        """Say whether seat ``e`` could be granted now if only its session had enough people."""
        return not self.granted[e] and all(row[0] == "min_seats" for row in self.breaks(e))

    def gain(self, e: int) -> float:
        """Return by how much granting seat ``e`` now would raise the plan's value."""
        i, s = self._person[e], self._session[e]
        gain: float = self._value[e]
        if self._need is not None:
            for k, step in zip(*self._need[e], strict=True):
                left = self._cap[k] - self._closed[k]
                if left > 0:
                    gain += min(left, step)
        if self.problem.hour_value and self._target_left[i] > 0:
            gain += self.problem.hour_value * min(self._target_left[i], self._hours[s])
        return gain

    def grant(self, e: int) -> None:
        """Take what seat ``e`` uses, whether it fits or not."""
        self._move(e, 1)

    def revoke(self, e: int) -> None:
        """Give back what seat ``e`` uses."""
        self._move(e, -1)

    def _move(self, e: int, sign: int) -> None:
        i, s = self._person[e], self._session[e]
        self.granted[e] = sign > 0
        if self._opening is not None and self.filled[s] == (0 if sign > 0 else 1):
            for b, cost in zip(*self._opening[s], strict=True):
                self._left[b] -= sign * cost
        for b, cost in zip(*self._cost[e], strict=True):
            self._left[b] -= sign * cost
        self.filled[s] += sign
        self._seats_left[s] -= sign
        if self._sessions_left is not None:
            self._sessions_left[i] -= sign
        if self._hours_left is not None:
            self._hours_left[i] -= sign * self._hours[s]
        self._target_left[i] -= sign * self._hours[s]
        if self._need is not None:
            for k, step in zip(*self._need[e], strict=True):
                self._closed[k] += sign * step
        if sign > 0:
            self.attends[i].append(s)
        else:
            self.attends[i].remove(s)

    def breaks(self, e: int) -> Iterator[Row]:
        """Give every limit that granting seat ``e`` now would break, as `AllocationProblem.row_name` takes it."""
        i, s = self._person[e], self._session[e]
        yield from self._over_budget(e, s)
        if self._seats_left[s] < 1:
            yield "seats", s
        if self.filled[s] == 0 and self._min_seats[s] > 1:
            yield "min_seats", s
        if self._sessions_left is not None and self._sessions_left[i] < 1:
            yield "sessions", i
        if self._hours_left is not None and self._hours_left[i] < self._hours[s]:
            yield "hours", i
        if self.attends[i] and self._groups[s]:
            met = set().union(*(self._groups[t] & self._groups[s] for t in self.attends[i]))
            for g in sorted(met):
                yield "exclusive", i, g
        for r, group in self._requires.get(s, ()):
            if self.problem.requires_met is not None and self.problem.requires_met[e, r]:
                continue
            if s not in group and group.isdisjoint(self.attends[i]):
                yield "requires", i, r

    def _over_budget(self, e: int, s: int) -> Iterator[Row]:
        lines, costs = self._cost[e]
        if self._opening is None or self.filled[s]:
            for b, cost in zip(lines, costs, strict=True):
                if cost > self._left[b]:
                    yield "budget", b
            return
        take = dict(zip(*self._opening[s], strict=True))
        for b, cost in zip(lines, costs, strict=True):
            take[b] = take.get(b, 0) + cost
        for b in sorted(take):
            if take[b] > self._left[b]:
                yield "budget", b


def _rows(matrix: object) -> list[tuple[list[int], list[int]]]:
    indptr, indices, data = (getattr(matrix, name).tolist() for name in ("indptr", "indices", "data"))
    return [(indices[a:b], data[a:b]) for a, b in pairwise(indptr)]
