"""``prove``: every term of D(prices) on problems small enough to add up by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser import arrays, proof, sets
from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.problem import AllocationProblem, SessionCost
from karier_reco.optimiser.proof import prove
from karier_reco.optimiser.search import Search
from karier_reco.optimiser.sets import Block, Rules
from karier_reco.optimiser.uses import count_uses
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
    """A search that is cut off gives a bound that holds, says for how many, and goes on where a claim needs it.

    It is not needed where values are whole and the bound of the short search, rounded down, is no more than the claim.
    """
    loose = 0
    monkeypatch.setattr(sets, "MOST_SETS", 0)
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
        found = prove(problem, prices, claimed=exact)
        assert found.bound == pytest.approx(exact) or found.rounded <= exact + 1e-9 < found.bound, seed
        assert prove(problem, prices, claimed=short.bound).bound == short.bound, seed
    assert loose >= 10


def test_many_seats_of_one_person_are_searched_in_no_time() -> None:
    """Forty seats of one person that all share one need, at no price: the need is closed once, 40 x 0.1 + 1 = 5.

    Trying all sets would take 2**40 steps; the sum of what each adds alone is no help, 40 x 1.1.
    """
    n = 40
    needs = {"need_gain": sp.csr_array(np.ones((n, 1))), "need_cap": [1.0]}
    problem = problem_of([0.1] * n, list(range(n)), n, **needs)
    found = prove(problem, prices_of(problem))
    assert (found.bound, found.loose_people) == (pytest.approx(5.0), 0)


def test_all_ways_to_the_best_set_agree(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    """Best seats alone, all sets tried, few at once or many, and the pruned search find the same for every person.

    Each of them has to be the one that answers, often enough: the first for those who are done without the others.
    """
    alone = tried = searched = 0
    for seed in range(1500 if full else 200):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng, people=5, sessions=14, seats=60)
        prices = random_prices(rng, problem, float(rng.choice([0.0, 0.1, 0.5])))
        block = Block(problem, prices, Rules(problem), slice(0, problem.n_people), slice(0, problem.n_seats))
        exact = [Search(block, person).best(10**6)[0] for person in range(problem.n_people)]
        for at_once in (1, sets.SETS_AT_ONCE):
            with monkeypatch.context() as patch:
                patch.setattr(sets, "SETS_AT_ONCE", at_once)
                best, others = block.best()
            done = np.setdiff1d(np.arange(problem.n_people), others)
            assert best[done] == pytest.approx(np.array(exact)[done], rel=1e-12, abs=1e-11), seed
        monkeypatch.setattr(sets, "MOST_SETS", 0)
        without = len(block.best()[1])
        monkeypatch.undo()
        alone, tried, searched = (
            alone + problem.n_people - without,
            tried + without - len(others),
            searched + len(others),
        )
    assert min(alone, tried, searched) > 50


@pytest.mark.parametrize("block", [1, 2, 7])
def test_blocks_of_people_prove_the_same(block: int, monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    """However few seats are looked at together, D is the same, links, needs and floors included."""
    for seed in range(400 if full else 60):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        prices = random_prices(rng, problem, 0.5)
        whole = prove(problem, prices)
        monkeypatch.setattr(arrays, "BLOCK", block)
        assert prove(problem, prices).bound == pytest.approx(whole.bound, rel=1e-12, abs=1e-12), seed
        monkeypatch.undo()


def test_cost_by_session_proves_and_uses_the_same_as_rows(full: bool) -> None:
    """A cost by session and line, and the same written out by seat: equal bound and equal use of every limit."""
    seen = 0
    for seed in range(1500 if full else 150):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        if not isinstance(problem.cost, SessionCost):
            continue
        seen += 1
        rows = replace(problem, cost=problem.seat_cost)
        prices, granted = random_prices(rng, problem, 0.5), rng.random(problem.n_seats) < 0.6
        assert prove(problem, prices).bound == pytest.approx(prove(rows, prices).bound, rel=1e-12, abs=1e-12), seed
        one, other = (
            [(row.kind, row.used.tolist(), row.limit.tolist()) for row in count_uses(given, granted)]
            for given in (problem, rows)
        )
        assert one == other, seed
        assert broken_rows(problem, granted) == broken_rows(rows, granted), seed
    assert seen > 20


def test_whole_values_round_the_bound_down() -> None:
    """Seats of 4 and 6 at a price of 0.25 for the only line, of which each takes 1 of 5: D = 5 x 0.25 + 9.5 = 10.75.

    A plan is worth 0, 4, 6 or 10, multiples of 2: none is worth more than 10. Of 3 and 6 they are multiples of 3:
    D = 9.75, and no plan is worth more than 9.
    """
    given = {"cost": sp.csr_array([[1], [1]]), "budget": [5]}
    for value, bound, rounded in (([4, 6], 10.75, 10.0), ([3.0, 6.0], 9.75, 9.0), ([4.0, 7.0], 11.75, 11.0)):
        found = prove(problem := problem_of(value, [0, 1], 2, **given), prices_of(problem, budget=[0.25]))
        assert (found.bound, found.rounded) == (pytest.approx(bound), rounded)


@pytest.mark.parametrize(
    "more",
    [
        {"value": [4.0, 6.5]},
        {"need_gain": sp.csr_array([[0.5], [0.0]]), "need_cap": [0.3]},
        {"hours": [3, 4], "target_hours": [5], "hour_value": 0.01},
    ],
    ids=["a fraction", "a need", "paid hours"],
)
def test_nothing_is_rounded_where_values_may_be_fractions(more: dict[str, Any]) -> None:
    """One value, a need or paid hours are enough that a plan may be worth any number: the bound stays what it is."""
    given = {"value": [4.0, 6.0], "cost": sp.csr_array([[1], [1]]), "budget": [5]} | more
    problem = problem_of(given.pop("value"), [0, 1], 2, **given)
    found = prove(problem, prices_of(problem, budget=[0.25]))
    assert found.rounded == found.bound > 10.7


def test_hours_without_a_price_leave_values_whole() -> None:
    """Limits of hours, and a target that nothing is paid for, add nothing to a value: 10.75 is rounded to 10."""
    given = {"hours": [3, 4], "target_hours": [5], "max_hours": [9], "cost": sp.csr_array([[1], [1]]), "budget": [5]}
    problem = problem_of([4.0, 6.0], [0, 1], 2, **given)
    assert prove(problem, prices_of(problem, budget=[0.25])).rounded == 10.0


def test_rounding_allows_for_sums_in_floats() -> None:
    """A million and one that the sum of D misses by its last digits is not rounded down to a million.

    The seat takes 3 of a line of 3 at a price of 0.1: D = 0.3 + (10**6 + 1 - 0.3), but for rounding. With 2 in the
    line D is 0.1 less, which is no rounding: the seat does not fit, and a plan is worth 10**6 at most by D.
    """
    problem = problem_of([1e6 + 1], [0], 1, cost=sp.csr_array([[3]]), budget=[3])
    many = problem_of([1e6, 1.0], [0, 1], 2, cost=sp.csr_array([[3], [0]]), budget=[3])
    for given in (problem, many):
        prices = prices_of(given, budget=[0.1])
        assert prove(given, prices).rounded == pytest.approx(1e6 + 1, rel=1e-12)
    assert prove(replace(many, budget=[2]), prices).rounded == 1e6
