"""Laws of the optimiser that hold for any problem, on seeded random ones: a sample, or 2,000 with ``--full``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karier_reco.optimiser.allocation import Allocation
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.proof import prove
from karier_reco.optimiser.room import Room
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify
from tests.oracles import best_plan, broken_rows, dual_value, is_feasible, value_of
from tests.problems import (
    Arguments,
    in_money_of,
    random_arguments,
    random_prices,
    random_problem,
    renumbered,
    tightened,
    twice,
)
from tests.strategies import problems

Draw = tuple[int, np.random.Generator, Arguments]


def draws(full: bool, sample: int = 150, most: int = 2000) -> Iterator[Draw]:
    """Seed, chance and the arguments of a problem: ``sample`` of them, ``most`` in the full count."""
    for seed in range(most if full else sample):
        rng = np.random.default_rng(seed)
        yield seed, rng, random_arguments(rng)


def exact(problem: AllocationProblem, **how: object) -> Allocation:
    """Solve to the end."""
    return solve(problem, method="exact", optimality_gap=0.0, **how)


def optimum_of(arguments: Arguments) -> float | None:
    """The optimum by brute force; None when there is no plan."""
    return best_plan(AllocationProblem(**arguments))[0]


def near(value: float) -> object:
    """Equal to 1e-9 of its size, or of 1."""
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def test_exact_agrees_with_brute_force(full: bool) -> None:
    """The plan is worth what the best of all combinations is worth, the bound is never below it, and verify agrees.

    The prices that come with it prove a bound by themselves, by the loops of the oracle too. Where brute force finds
    no plan at all, the answer is "infeasible", and never otherwise.
    """
    for seed, _, arguments in draws(full):
        problem = AllocationProblem(**arguments)
        optimum, _ = best_plan(problem)
        allocation = exact(problem)
        verification = verify(problem, allocation)
        if optimum is None:
            assert (allocation.status, allocation.granted.any()) == ("infeasible", False), seed
            continue
        assert allocation.status == "optimal", seed
        assert allocation.value == near(optimum), seed
        assert allocation.bound is not None, seed
        assert allocation.bound >= optimum - 1e-9 * max(1.0, optimum), seed
        assert is_feasible(problem, allocation.granted), seed
        assert verification.value == near(value_of(problem, allocation.granted)), seed
        if allocation.prices is not None:
            assert dual_value(problem, allocation.prices) >= optimum - 1e-9 * max(1.0, optimum), seed


def test_loose_answers_are_honest(full: bool) -> None:
    """With a wide optimality gap the answer may be worse, but its bound holds and its gap is kept and stated truly."""
    for seed, _, arguments in draws(full, sample=60, most=500):
        problem = AllocationProblem(**arguments)
        optimum, _ = best_plan(problem)
        allocation = solve(problem, method="exact", optimality_gap=0.5)
        verify(problem, allocation)
        if optimum is None:
            assert allocation.status == "infeasible", seed
            continue
        assert allocation.bound is not None, seed
        assert allocation.value <= optimum + 1e-9 <= allocation.bound + 1e-8, seed
        assert allocation.optimality_gap is not None, seed
        assert allocation.optimality_gap <= 0.5 + 1e-9, seed


def test_any_prices_bound_the_optimum(full: bool) -> None:
    """D(prices) is at least the optimum, whatever the prices are, if only they are at least 0."""
    for seed, rng, arguments in draws(full):
        problem = AllocationProblem(**arguments)
        optimum, _ = best_plan(problem)
        for size in (0.0, 0.3, 1.0, 4.0):
            bound = prove(problem, random_prices(rng, problem, size)).bound
            assert optimum is None or bound >= optimum - 1e-9, (seed, size)


def test_budget_changes_the_bound_by_its_price(full: bool) -> None:
    """At the same prices, delta more on a line raises D by exactly its price times delta: only one term has it."""
    for seed, rng, arguments in draws(full, most=500):
        problem = AllocationProblem(**arguments)
        prices, before = random_prices(rng, problem), optimum_of(arguments)
        for line in range(problem.n_lines if before is not None else 0):
            delta = int(rng.integers(1, 100))
            more = AllocationProblem(**arguments | {"budget": arguments["budget"] + delta * _unit(problem, line)})
            raised = prove(more, prices).bound - prove(problem, prices).bound
            assert raised == near(prices.budget[line] * delta), (seed, line)


def _unit(problem: AllocationProblem, line: int) -> np.ndarray:
    return (np.arange(problem.n_lines) == line).astype(np.int64)


def test_warm_start_is_never_lowered(full: bool) -> None:
    """From a feasible start the answer is at least as good, whatever optimality gap is allowed."""
    for seed, rng, arguments in draws(full, sample=40, most=500):
        problem = AllocationProblem(**arguments)
        optimum, best = best_plan(problem)
        if optimum is None:
            continue
        part = best & (rng.random(problem.n_seats) < 0.7)
        for start in (best, part if is_feasible(problem, part) else best):
            allocation = solve(problem, method="exact", optimality_gap=1.0, start=start)
            assert allocation.value >= value_of(problem, start) - 1e-12, seed
        again = solve(problem, method="exact", optimality_gap=1.0, start=replace(allocation))
        assert again.value >= allocation.value - 1e-12, seed


def test_bad_start_does_no_harm(full: bool) -> None:
    """A start that breaks limits, by seats too many or by seats left out, ends in a plan that keeps them all."""
    for seed, rng, arguments in draws(full):
        problem = AllocationProblem(**arguments)
        optimum, best = best_plan(problem)
        wild = rng.random(problem.n_seats) < 0.5
        for start in (wild,) if optimum is None else (wild, best & (rng.random(problem.n_seats) < 0.6)):
            allocation = solve(problem, method="exact", optimality_gap=1.0, start=start)
            verify(problem, allocation)
            assert (allocation.status == "infeasible") == (optimum is None), seed


def test_numbers_are_only_names(full: bool) -> None:
    """Renumbering people and sessions changes neither the optimum nor, at the same prices, D."""
    for seed, rng, arguments in draws(full, sample=40, most=500):
        problem = AllocationProblem(**arguments)
        people, sessions = rng.permutation(problem.n_people), rng.permutation(problem.n_sessions)
        changed, order = renumbered(arguments, people, sessions)
        other = AllocationProblem(**changed)
        one, two = exact(problem), exact(other)
        assert (two.status, two.value) == (one.status, near(one.value)), seed
        prices = random_prices(rng, problem)
        moved = replace_prices(prices, np.argsort(sessions), order)
        assert prove(other, moved).bound == near(prove(problem, prices).bound), seed


def replace_prices(prices: object, session: np.ndarray, seat: np.ndarray) -> object:
    """The prices of the same things under their new numbers."""
    facts = dict(vars(prices))
    facts |= {"max_seats": facts["max_seats"][session], "min_seats": facts["min_seats"][session]}
    return type(prices)(**facts | {"link": facts["link"][seat]})


def test_two_copies_are_worth_twice(full: bool) -> None:
    """Two disjoint copies have twice the optimum and, at the same prices, twice D; infeasible stays infeasible."""
    for seed, rng, arguments in draws(full, sample=60, most=500):
        problem, double = AllocationProblem(**arguments), AllocationProblem(**twice(arguments))
        optimum, _ = best_plan(problem)
        allocation = exact(double)
        assert allocation.status == ("infeasible" if optimum is None else "optimal"), seed
        if optimum is None:
            continue
        verify(double, allocation)
        assert allocation.value == near(2 * optimum), seed
        prices = random_prices(rng, problem)
        both = type(prices)(**{name: np.concatenate([price, price]) for name, price in vars(prices).items()})
        assert prove(double, both).bound == near(2 * prove(problem, prices).bound), seed


def test_tighter_is_never_better(full: bool) -> None:
    """Tightening a limit, or adding one, never raises the optimum and never makes a plan where there was none."""
    for seed, rng, arguments in draws(full, sample=60, most=1000):
        narrow = AllocationProblem(**tightened(rng, arguments))
        before, after = exact(AllocationProblem(**arguments)), exact(narrow)
        if before.status == "infeasible":
            assert after.status == "infeasible", seed
        assert after.value <= before.value + 1e-9 * max(1.0, before.value), seed


@given(problem=problems(), seed=st.integers(0, 2**32 - 1))
def test_marginal_value_never_grows(problem: AllocationProblem, seed: int) -> None:
    """What a seat adds to a set is at least what it adds to a larger one: needs and hours are only ever filled up.

    And ``Room`` says what loops find it adds.
    """
    rng = np.random.default_rng(seed)
    large = rng.random(problem.n_seats) < 0.6
    small = large & (rng.random(problem.n_seats) < 0.6)
    fewer, more = Room(problem, small), Room(problem, large)
    for e in np.flatnonzero(~large).tolist():
        assert fewer.gain(e) >= more.gain(e) - 1e-12
        with_e = large | (np.arange(problem.n_seats) == e)
        assert more.gain(e) == near(value_of(problem, with_e) - value_of(problem, large))


def test_currency_changes_nothing(full: bool) -> None:
    """All money times 1,000 changes value and bound by at most 1e-9: there are no units in the answer."""
    for seed, _, arguments in draws(full, sample=40, most=500):
        one, other = AllocationProblem(**arguments), AllocationProblem(**in_money_of(arguments, 1000))
        cheap, dear = exact(one), exact(other)
        verify(other, dear)
        assert (dear.status, dear.value) == (cheap.status, near(cheap.value)), seed
        assert cheap.bound is None or dear.bound == near(cheap.bound), seed


@pytest.mark.parametrize("optimality_gap", [0.0, 0.1, 1.0])
def test_no_seat_can_be_added(optimality_gap: float, full: bool) -> None:
    """Every seat not granted that would add value breaks a limit, and ``Room`` names the limits that loops find.

    It holds for plans that were stopped early too: they are filled up before they are returned.
    """
    for seed, _, arguments in draws(full, sample=60, most=1000):
        problem = AllocationProblem(**arguments)
        allocation = solve(problem, method="exact", optimality_gap=optimality_gap)
        if allocation.status == "infeasible":
            continue
        room = Room(problem, allocation.granted)
        for e in np.flatnonzero(~allocation.granted).tolist():
            broken = broken_rows(problem, allocation.granted | (np.arange(problem.n_seats) == e))
            assert set(room.broken(e)) == set(broken), (seed, e)
            assert broken or room.gain(e) <= 1e-9, (seed, e)


def test_conflict_is_one_and_nothing_in_it_is_superfluous(full: bool) -> None:
    """The named rows alone cannot hold together; without any one of them, the rest can. Both by brute force."""
    found = 0
    for seed, _, arguments in draws(full):
        problem = AllocationProblem(**arguments)
        allocation = exact(problem)
        if allocation.status != "infeasible":
            assert allocation.conflict == (), seed
            continue
        found += 1
        conflict = allocation.conflict
        assert best_plan(problem, conflict)[0] is None, (seed, conflict)
        for name in conflict:
            rest = [other for other in conflict if other != name]
            assert best_plan(problem, rest)[0] is not None, (seed, name, conflict)
    assert found >= 20


def test_problems_are_varied() -> None:
    """The laws are tried on every kind of limit, on feasible and on infeasible problems, and seldom on trivial ones.

    Of 150 seeds at least 30 are infeasible, at least 60 have a plan that is worth something and cannot grant all.
    """
    infeasible, real, kinds = 0, 0, set[str]()
    for seed in range(150):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        optimum, best = best_plan(problem)
        infeasible += optimum is None
        real += optimum is not None and optimum > 0 and not best.all()
        everything, nothing = np.ones(problem.n_seats, dtype=bool), np.zeros(problem.n_seats, dtype=bool)
        for mask in (everything, nothing):
            kinds |= {name.partition("[")[0] for name in broken_rows(problem, mask)}
    assert infeasible >= 30
    assert real >= 60
    assert kinds == {
        *("budget", "seats", "min_seats", "hold", "sessions", "hours", "exclusive", "requires", "must", "floor"),
    }
