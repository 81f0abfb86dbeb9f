"""``Room`` keeps count of every limit and says what one more seat breaks and adds."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.room import Room


def problem() -> AllocationProblem:
    """Person 0 may sit in sessions 0, 1 and 2, person 1 in 0 and 1; every limit has a word in it.

    A line of 10; a seat takes 2, and 5 more open session 1, which needs two people. Sessions 0 and 2 exclude each
    other, session 2 requires 1, a person has 2 sessions and 10 hours of 4, 5 and 6.
    """
    return AllocationProblem(
        [0, 0, 0, 1, 1],
        [0, 1, 2, 0, 1],
        [1.0, 1.0, 1.0, 1.0, 1.0],
        sp.csr_array([[2]] * 5),
        [10],
        [1, 2, 2],
        hours=[4, 5, 6],
        min_seats=[0, 2, 0],
        opening_cost=sp.csr_array([[0], [5], [0]]),
        max_sessions=2,
        max_hours=10,
        exclusive=[[0, 2]],
        requires=[(2, [1])],
    )


def test_names_every_limit_that_a_seat_breaks() -> None:
    """Session 1 is closed: alone nobody opens it. With person 0 in session 0, session 2 clashes and lacks session 1."""
    room = Room(problem())
    assert room.broken(1) == ("min_seats[1]",)
    assert (room.fits(1), room.joins(1)) == (False, True)
    room.grant(0)
    assert room.broken(2) == ("exclusive[0, 0/2]", "requires[0, 2]")
    assert room.broken(3) == ("seats[0]",)
    room.grant(1)
    assert room.broken(2) == ("budget[0]", "sessions[0]", "hours[0]", "exclusive[0, 0/2]")  # 2 + 2 + 5 of 10 are gone
    assert room.broken(4) == ("budget[0]",)


def test_opening_is_paid_once_and_given_back() -> None:
    """The first seat of session 1 takes 2 + 5, the second 2; revoking both gives all of it back."""
    room = Room(problem())
    room.grant(1)
    room.grant(4)
    assert room.broken(0) == ("budget[0]",)  # 9 of 10 are gone
    room.revoke(4)
    room.revoke(1)
    assert room.fits(0)
    assert room.filled == [0, 0, 0]
    assert not room.granted.any()


def test_gain_is_what_the_value_rises_by() -> None:
    """A need of 1.5 takes 1 from the first seat and 0.5 from the second; of 9 hours the target pays 7, 0.1 each."""
    shared = AllocationProblem(
        [0, 0],
        [0, 1],
        [2.0, 3.0],
        sp.csr_array((2, 0), dtype=int),
        [],
        [1, 1],
        hours=[4, 5],
        target_hours=7,
        hour_value=0.1,
        need_gain=sp.csr_array([[1.0], [1.0]]),
        need_cap=[1.5],
    )
    room = Room(shared)
    assert room.gain(0) == pytest.approx(2 + 1 + 0.4, rel=1e-12)
    room.grant(0)
    assert room.gain(1) == pytest.approx(3 + 0.5 + 0.3, rel=1e-12)


def test_promising_leaves_out_only_what_cannot_fit() -> None:
    """Whatever has been granted, every seat that fits is among the promising ones."""
    room = Room(problem())
    for e in (1, 4):
        room.grant(e)
        fitting = {e for e in range(5) if room.fits(e)}
        assert fitting <= set(room.promising())
    assert 0 not in room.promising()  # 1 of 10 is left, the seat takes 2


def test_starts_from_a_plan() -> None:
    """A room for a plan is the room after granting its seats one by one."""
    mask = np.array([False, True, False, False, True])
    assert Room(problem(), mask).broken(0) == ("budget[0]",)
