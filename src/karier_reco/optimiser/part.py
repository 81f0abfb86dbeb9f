"""A smaller problem out of a larger one: some of the seats, with what others leave of the limits."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.arrays import whole
from karier_reco.optimiser.feasibility import spent_by
from karier_reco.optimiser.problem import AllocationProblem, Bools, SessionCost


def part_of(
    problem: AllocationProblem, seats: NDArray[np.int64], others: Bools | None = None, opened: Bools | None = None
) -> AllocationProblem:
    """Return the problem of the chosen seats, in the order of the problem, and of the people whose they are.

    ``others`` (E,) bool are seats of other people that stay granted: they have taken their share of budgets and seats,
    count towards floors, and keep their sessions open, which then still miss some people or none. The other seats of
    the people chosen are not to be had. ``opened`` (S,) bool are sessions that open in any case and have paid for it.
    Sessions and lines keep their numbers, people are numbered anew.

    >>> problem = AllocationProblem([0, 1, 2], [0, 0, 0], [1.0, 2.0, 3.0], sp.csr_array((3, 0), dtype=int), [], [2])
    >>> part = part_of(problem, np.array([0, 2]), np.array([False, True, False]))
    >>> part.value.tolist(), part.max_seats.tolist()
    ([1.0, 3.0], [1])
    """
    people, person = np.unique(problem.person[seats], return_inverse=True)

    def of_people(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[people]

    budget, most, least = problem.budget, problem.max_seats, problem.min_seats
    opening, hold, floor = problem.opening_cost, problem.hold, problem.floor
    if opened is not None:
        hold = opened & problem.gated if hold is None else (opened & problem.gated) | hold
        if opening is not None:
            budget = whole(budget) - opening.T.astype(np.int64) @ opened.astype(np.int64)
            opening = sp.csr_array(opening.multiply(~opened[:, None])).astype(np.int64)
    if others is not None:
        filled = np.bincount(problem.session[others], minlength=problem.n_sessions)
        opened = filled > 0
        budget = whole(budget) - spent_by(problem, others)
        most = whole(most) - filled
        if opening is not None:
            opening = sp.csr_array(opening.multiply(~opened[:, None])).astype(np.int64)
        if least is not None:
            missing = np.maximum(whole(least) - filled, 0)
            least = np.where(opened, missing, least)
            held = opened & (missing > 0)
            hold = held if hold is None else (hold & ~opened) | held
        elif hold is not None:
            hold = hold & ~opened
        if floor is not None and problem.groups is not None:
            floor = np.maximum(floor - problem.groups.T.astype(np.float64) @ problem.worth_by_person(others), 0.0)
    gain, cap = problem.need_gain, problem.need_cap
    if gain is not None and cap is not None:
        gain = gain[seats]
        used = np.unique(gain.indices)
        gain, cap = gain[:, used], cap[used]
    cost = problem.cost
    return AllocationProblem(
        person,
        problem.session[seats],
        problem.value[seats],
        SessionCost(cost.amount, cost.line[people]) if isinstance(cost, SessionCost) else cost[seats],
        budget,
        most,
        hours=problem.hours,
        min_seats=least,
        opening_cost=opening,
        max_sessions=of_people(problem.max_sessions),
        max_hours=of_people(problem.max_hours),
        target_hours=of_people(problem.target_hours),
        hour_value=problem.hour_value,
        exclusive=problem.exclusive,
        requires=problem.requires,
        requires_met=None if problem.requires_met is None else problem.requires_met[seats],
        must=None if problem.must is None else problem.must[seats],
        need_gain=gain,
        need_cap=cap,
        groups=None if problem.groups is None else problem.groups[people],
        floor=floor,
        hold=hold,
        names={
            key: [texts[person] for person in people] if key == "people" else texts
            for key, texts in problem.names.items()
        },
    )


def sample(problem: AllocationProblem, every: int) -> AllocationProblem:
    """Return the problem of one person in ``every``, with the limits of all."""
    people = np.arange(0, problem.n_people, every)
    size = np.diff(problem.starts)[people]
    return part_of(
        problem, np.repeat(problem.starts[people] - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
    )
