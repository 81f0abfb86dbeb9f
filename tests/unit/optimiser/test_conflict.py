"""Why there is no plan: limits that cannot hold together, each needed for it."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import solve

NAMES = {"people": ["…001", "…002"], "sessions": ["A", "B"], "lines": ["fee"], "groups": ["all"]}


def conflict(**limits: object) -> tuple[str, ...]:
    """The conflict of two people who may both sit in sessions A and B: a seat costs 3 of 5, is worth 1."""
    plain = {
        "person": [0, 0, 1, 1],
        "session": [0, 1, 0, 1],
        "value": [1.0] * 4,
        "cost": sp.csr_array([[3]] * 4),
        "budget": [5],
        "max_seats": [2, 2],
        "groups": sp.csr_array([[True], [True]]),
        "floor": [0.0],
        "names": NAMES,
    }
    allocation = solve(AllocationProblem(**(plain | limits)))
    assert allocation.status == "infeasible"
    assert not allocation.granted.any()
    return allocation.conflict


def test_two_musts_and_one_budget() -> None:
    """Two musts take 6 of 5; a third must, met by the same seat as the first, is not part of it."""
    assert conflict(must=[0, 0, 0, -1]) == ("budget[fee]", "must[…001, 0]", "must[…002, 0]")


def test_a_held_class_without_enough_people() -> None:
    """Session A needs three people and two may attend it: the minimum and the decision to hold contradict."""
    assert conflict(min_seats=[3, 0], hold=[True, False]) == ("min_seats[A]", "hold[A]")


def test_a_decision_against_a_room_without_seats() -> None:
    """Session B has no seats and must be held."""
    assert conflict(max_seats=[2, 0], hold=[False, True]) == ("seats[B]", "hold[B]")


def test_an_opening_that_nobody_can_pay() -> None:
    """Opening A takes 4, the seat 3, of 5. With 2 for the opening it is feasible."""
    assert conflict(opening_cost=sp.csr_array([[4], [0]]), hold=[True, False]) == ("budget[fee]", "hold[A]")


def test_a_floor_above_what_money_can_buy() -> None:
    """One seat of 3 is all that 5 pay for: worth 1, and the floor is 2."""
    assert conflict(floor=[2.0]) == ("budget[fee]", "floor[all]")


def test_musts_of_one_person_exclude_each_other() -> None:
    """Both sessions are a must for the first person and they overlap; the budget would do for both."""
    assert conflict(must=[0, 1, -1, -1], exclusive=[[0, 1]], budget=[6]) == (
        *("exclusive[…001, A/B]", "must[…001, 0]", "must[…001, 1]"),
    )


def test_what_only_whole_seats_contradict() -> None:
    """Three people, three sessions of one seat, everybody must sit in one; all may sit in two of them only: 3 > 2."""
    problem = AllocationProblem(
        *([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [1.0] * 6, sp.csr_array((6, 0), dtype=int), [], [1, 1, 1]),
        must=[0] * 6,
    )
    assert solve(problem).conflict == ("seats[0]", "seats[1]", "must[0, 0]", "must[1, 0]", "must[2, 0]")


def test_a_budget_that_is_not_a_whole_number_of_seats() -> None:
    """Two seats of 2 do not fit into 3, and both are a must."""
    problem = AllocationProblem(
        *([0, 1], [0, 0], [1.0, 1.0], sp.csr_array([[2], [2]]), [3], [2]), must=np.array([0, 0])
    )
    assert solve(problem).conflict == ("budget[0]", "must[0, 0]", "must[1, 0]")
