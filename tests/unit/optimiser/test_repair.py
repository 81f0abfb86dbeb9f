"""Repaired plans keep what granting can break, open sessions with whole teams, and are complete."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.repair import Repair
from karier_reco.optimiser.room import Room
from tests.problems import random_prices, random_problem

ASKS = {"must", "hold", "floor"}


def test_keeps_every_limit_that_granting_can_break() -> None:
    """From any first seats, with and without prices: only what asks for a seat may be left unmet, and nothing fits any
    more that would add value.
    """
    for seed in range(150):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        for prices in (None, random_prices(rng, problem, 0.2)):
            first = rng.permutation(problem.n_seats)[: problem.n_seats // 2].tolist()
            granted = Repair(problem, prices=prices).build(first)
            assert {row[0] for row in broken_rows(problem, granted)} <= ASKS, seed
            room = Room(problem, granted)
            assert not any(room.fits(e) and room.gain(e) > 1e-9 for e in range(problem.n_seats)), seed


def test_opens_a_session_with_a_team() -> None:
    """Three seats of 1 in a session that opens for 6 with two people are worth more than a seat of 2 for 7 of 10."""
    problem = AllocationProblem(
        [0, 1, 2, 3],
        [0, 0, 0, 1],
        [1.0, 1.0, 1.0, 2.0],
        sp.csr_array([[1], [1], [1], [7]]),
        [10],
        [3, 1],
        min_seats=[2, 0],
        opening_cost=sp.csr_array([[6], [0]]),
    )
    assert Repair(problem).build().tolist() == [True, True, True, False]


def test_first_seats_that_cannot_open_their_session_are_given_back() -> None:
    """One person does not open a session for two, so the money goes to the other session."""
    problem = AllocationProblem(*([0, 0], [0, 1], [2.0, 1.0], sp.csr_array([[3], [3]]), [5], [2, 1]), min_seats=[2, 0])
    assert Repair(problem).build([0]).tolist() == [False, True]


def test_a_must_takes_what_it_requires() -> None:
    """The second session is a must and requires the first, which by itself adds nothing."""
    problem = AllocationProblem(
        *([0, 0], [0, 1], [0.0, 1.0], sp.csr_array([[3], [3]]), [6], [1, 1]), must=[-1, 0], requires=[(1, [0])]
    )
    assert Repair(problem).build().tolist() == [True, True]
