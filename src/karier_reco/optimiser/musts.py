"""Wishes that come before all value: as many as can be granted together become musts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.allocation import Allocation
from karier_reco.optimiser.part import part_of
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import solve

Ints = NDArray[np.int64]


def most_musts(problem: AllocationProblem, wished: NDArray[np.integer[Any]], **options: Any) -> tuple[Ints, Allocation]:
    """Return (E,) the problem's musts with as many wishes as fit beside them, and the search that says which.

    ``wished`` (E,) is the number of the wish that a seat would grant, -1 for none. Only wishes count; the value of
    their seats decides between sets of the same size. Only seats in sessions that matter to a wish, a must or a hold,
    or that one of those requires, are looked at. ``options`` go to `solve`. Where the search has no plan, the musts
    are those that there were.

    Two people wish for the one chair, and a third for a chair of another session:

    >>> problem = AllocationProblem(
    ...     [0, 1, 2], [0, 0, 1], [1.0, 2.0, 0.5], sp.csr_array((3, 0), dtype=int), [], [1, 1])
    >>> most_musts(problem, np.array([0, 1, 2]))[0].tolist()
    [-1, 1, 2]
    """
    own = np.full(problem.n_seats, -1) if problem.must is None else problem.must.astype(np.int64)
    seats = _related(problem, (wished >= 0) | (own >= 0))
    chosen = wished[seats]
    granting = np.flatnonzero(chosen >= 0)
    _, column = np.unique(chosen[granting], return_inverse=True)
    shape = (len(seats), int(column.max(initial=-1)) + 1)
    value = np.where(chosen >= 0, problem.value[seats].astype(np.float64), 0.0)
    part = part_of(problem, seats)
    small = replace(
        part,
        value=value / max(2 * value.sum(), 1.0),  # all together less than one wish
        need_gain=sp.csr_array((np.ones(len(granting)), (granting, column)), shape=shape),
        need_cap=np.ones(shape[1]),
        hour_value=0.0,
        groups=None,
        floor=None,
        names={key: texts for key, texts in part.names.items() if key != "groups"},
    )
    found = solve(small, **options)
    fits = (wished >= 0) & np.isin(wished, chosen[found.granted])
    return np.where(fits, own.max(initial=-1) + 1 + wished, own), found


def _related(problem: AllocationProblem, asked: NDArray[np.bool_]) -> Ints:
    """Return the seats in sessions that matter to the seats asked for, to what those require, or to a hold."""
    matters = np.zeros(problem.n_sessions, dtype=np.bool_) if problem.hold is None else problem.hold.copy()
    matters[problem.session[asked]] = True
    for _ in problem.requires:  # a chain of requirements is at most as long as their number
        before = int(matters.sum())
        for later, group in problem.requires:
            matters[group] |= matters[later]
        if int(matters.sum()) == before:
            break
    return np.flatnonzero(matters[problem.session])
