"""Needs made small before a model is built: what can never reach its cap is plain value, and equal needs are one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karier_reco.optimiser.problem import AllocationProblem

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Needs:
    """Hold what is left of the needs: ``value`` (E,) goes straight to the seats, the rest keeps a cap.

    ``entries`` is (seat, need, gain) of the needs that keep one; ``person`` is whose they are.
    """

    value: NDArray[np.float64]
    entries: tuple[Indices, Indices, NDArray[np.float64]]
    cap: NDArray[np.float64]
    person: Indices


def merge_needs(problem: AllocationProblem, every_row: bool = False) -> Needs:
    """Shrink the needs without changing what any plan is worth.

    A gain counts at most its cap. A need whose gains together stay within the cap adds up: it is value. So does a
    need with a single seat. Two needs of the same seats whose gains stand in the same proportion to their caps
    close together: they are one need with the sum of both. ``every_row``: the limit of sessions may be let go.
    """
    value = np.zeros(problem.n_seats)
    nothing = np.empty(0, dtype=np.int64)
    if problem.need_gain is None or problem.need_cap is None:
        return Needs(value, (nothing, nothing, np.empty(0)), np.empty(0), nothing)
    cap = problem.need_cap.astype(np.float64)
    seat = np.repeat(np.arange(problem.n_seats), np.diff(problem.need_gain.indptr))
    need = problem.need_gain.indices.astype(np.int64)
    gain = np.minimum(problem.need_gain.data.astype(np.float64), cap[need])
    most = _most_together(problem, seat, need, gain, every_row)
    capped = most > cap * (1 + 1e-12)
    plain = ~capped[need]
    np.add.at(value, seat[plain], gain[plain])
    seat, need, gain = seat[~plain], need[~plain], gain[~plain]
    order = np.lexsort((seat, need))
    return _joined_alike(problem, value, seat[order], need[order], gain[order], cap)


def _most_together(
    problem: AllocationProblem, seat: Indices, need: Indices, gain: NDArray[Any], every_row: bool
) -> NDArray[np.float64]:
    """Return, by need, an upper limit of what a person's granted seats close: all, or the largest few."""
    total = np.bincount(need, weights=gain, minlength=problem.n_needs).astype(np.float64)
    if problem.max_sessions is None or every_row or not need.size:
        return total
    order = np.lexsort((-gain, need))
    first = np.searchsorted(need[order], need[order], side="left")
    rank = np.arange(need.size) - first
    counted = rank < problem.max_sessions[problem.person[seat[order]]]
    order = order[counted]
    return np.bincount(need[order], weights=gain[order], minlength=problem.n_needs).astype(np.float64)


def _joined_alike(
    problem: AllocationProblem,
    value: NDArray[np.float64],
    seat: Indices,
    need: Indices,
    gain: NDArray[np.float64],
    cap: NDArray[np.float64],
) -> Needs:
    edges = np.flatnonzero(np.diff(need, prepend=-1, append=-1)) if need.size else np.zeros(1, dtype=np.int64)
    share = np.round(gain / cap[need], 12)
    number: dict[tuple[bytes, bytes], int] = {}
    seats: list[Indices] = []
    needs: list[Indices] = []
    gains: list[NDArray[np.float64]] = []
    caps: list[float] = []
    people: list[int] = []
    for a, b in pairwise(edges):
        k = int(need[a])
        key = (seat[a:b].tobytes(), share[a:b].tobytes())
        if key in number:
            caps[number[key]] += float(cap[k])
            gains[number[key]] = gains[number[key]] + gain[a:b]
            continue
        number[key] = len(caps)
        seats.append(seat[a:b])
        needs.append(np.full(b - a, len(caps)))
        gains.append(gain[a:b])
        caps.append(float(cap[k]))
        people.append(int(problem.person[seat[a]]))
    if not caps:
        nothing = np.empty(0, dtype=np.int64)
        return Needs(value, (nothing, nothing, np.empty(0)), np.empty(0), nothing)
    entries = (np.concatenate(seats), np.concatenate(needs), np.concatenate(gains))
    return Needs(value, entries, np.array(caps), np.array(people, dtype=np.int64))
