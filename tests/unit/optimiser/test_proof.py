"""``prove``: every term of D(prices) on problems small enough to add up by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser import proof
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.proof import prove
from tests.oracles import dual_value
from tests.problems import random_prices, random_problem


def problem_of(value: list[float], session: list[int], sessions: int, **more: Any) -> AllocationProblem:
    """One person's seats; no budget line unless one is given."""
    seats = len(value)
    given = {"cost": sp.csr_array((seats, 0), dtype=int), "budget": [], "max_seats": np.ones(sessions, dtype=int)}
    return AllocationProblem(np.zeros(seats, dtype=int), session, value, **given | more)


def prices_of(problem: AllocationProblem, **given: Any) -> SimpleNamespace:
    """Prices of 0 but for those given."""
    count = {
        "budget": problem.n_lines,
        "max_seats": problem.n_sessions,
        "min_seats": problem.n_sessions,
        "floor": problem.n_groups,
        "link": problem.n_seats,
    }
    return SimpleNamespace(**{name: np.array(given.get(name, np.zeros(n)), float) for name, n in count.items()})


def test_held_session_pays_even_at_a_loss() -> None:
    """A session that may stay shut is worth at least 0 to open; one that is held may cost the bound something.

    One seat worth 1, at least 2 people, a price of 0.7 for the minimum: the seat is worth 1 + 0.7, opening costs
    2 x 0.7. Free to stay shut: 1.7 + 0. Held: 1.7 - 1.4 = 0.3.
    """
    free = problem_of([1.0], [0], 1, min_seats=[2])
    held = problem_of([1.0], [0], 1, min_seats=[2], hold=[True])
    assert prove(free, prices_of(free, min_seats=[0.7])).bound == pytest.approx(1.7)
    assert prove(held, prices_of(held, min_seats=[0.7])).bound == pytest.approx(0.3)


def test_seat_at_a_loss_may_be_needed() -> None:
    """A seat that is not worth its price still counts where another seat requires it.

    The course is worth 5, the basic course 1 at a price of 2: together 5 - 1 = 4, and without it nothing is allowed.
    The seat prices return as 1 x 2 for the basic session: D = 4 + 2.
    """
    problem = problem_of([1.0, 5.0], [0, 1], 2, requires=[(1, [0])])
    assert prove(problem, prices_of(problem, max_seats=[2, 0])).bound == pytest.approx(6.0)


def test_required_seat_may_require_another() -> None:
    """The same through a chain: 5 - 1 - 1 = 3 for the person, 2 + 2 come back from the two seats: 7."""
    problem = problem_of([1.0, 1.0, 5.0], [0, 1, 2], 3, requires=[(2, [1]), (1, [0])])
    assert prove(problem, prices_of(problem, max_seats=[2, 2, 0])).bound == pytest.approx(7.0)


def test_a_must_is_paid_for() -> None:
    """A seat that must be taken counts at a loss: 1 - 3 = -2 for the person, 3 come back from the seat: 1."""
    problem = problem_of([1.0], [0], 1, must=[0])
    assert prove(problem, prices_of(problem, max_seats=[3])).bound == pytest.approx(1.0)


def test_no_allowed_set_proves_that_there_is_no_plan() -> None:
    """A must that the person's hours do not allow leaves no set: D is minus infinity."""
    problem = problem_of([1.0], [0], 1, must=[0], hours=[5], max_hours=4)
    assert prove(problem, prices_of(problem)).bound == -np.inf


def test_link_moves_worth_from_the_seat_to_its_session() -> None:
    """A link price of 2 leaves 3 - 2 of the seat and pays 2 towards opening, which costs 4 at a price of 1: D = 1.

    The line has 10 units at a price of 1, so 11 in all; without the link the seat keeps 3 and opening is not worth
    it: 13.
    """
    more = {"cost": sp.csr_array([[0]]), "budget": [10], "opening_cost": sp.csr_array([[4]])}
    problem = problem_of([3.0], [0], 1, **more)
    assert prove(problem, prices_of(problem, budget=[1], link=[2])).bound == pytest.approx(11.0)
    assert prove(problem, prices_of(problem, budget=[1])).bound == pytest.approx(13.0)


def test_floor_weighs_the_people_of_its_group() -> None:
    """A floor of 2 at a price of 0.5 counts the person's 3 as 4.5 and takes 1 off: 3.5, hours and needs included.

    The seat is 1, its need 1, its ten hours at 0.1 another 1.
    """
    groups = {"groups": sp.csr_array(np.array([[True]])), "floor": [2.0]}
    needs = {"need_gain": sp.csr_array([[3.0]]), "need_cap": [1.0]}
    hours = {"hours": [10], "target_hours": [20], "hour_value": 0.1}
    problem = problem_of([1.0], [0], 1, **groups, **needs, **hours)
    assert prove(problem, prices_of(problem, floor=[0.5])).bound == pytest.approx(3.5)


def test_short_search_bounds_from_above(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    """A search that is cut off gives a bound that holds, says for how many, and goes on where a claim needs it."""
    loose = 0
    for seed in range(1000 if full else 100):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng, people=2, sessions=6)
        prices = random_prices(rng, problem, 0.3)
        exact = dual_value(problem, prices)
        monkeypatch.setattr(proof, "NODE_LIMITS", (1,))
        short = prove(problem, prices)
        assert short.bound >= exact - 1e-9, seed
        assert short.loose_people or short.bound == pytest.approx(exact), seed
        loose += short.loose_people and short.bound > exact + 1e-6
        monkeypatch.setattr(proof, "NODE_LIMITS", (1, 10_000))
        assert prove(problem, prices, claimed=exact).bound == pytest.approx(exact), seed
        assert prove(problem, prices, claimed=short.bound).bound == short.bound, seed
    assert loose >= 10


def test_many_seats_of_one_person_are_searched_in_no_time() -> None:
    """Forty seats of one person that all share one need, at no price: the need is closed once, 40 x 0.1 + 1 = 5.

    Enumerating all sets would take 2**40 steps; the sum of what each adds alone is no help, 40 x 1.1.
    """
    n = 40
    needs = {"need_gain": sp.csr_array(np.ones((n, 1))), "need_cap": [1.0]}
    problem = problem_of([0.1] * n, list(range(n)), n, **needs)
    found = prove(problem, prices_of(problem))
    assert (found.bound, found.loose_people) == (pytest.approx(5.0), 0)
