"""Laws of the price method: its bound, its repair, its neighbourhoods, and what must not change its answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser import blocks, ledger
from karier_reco.optimiser.allocation import Prices
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.feasibility import spent_by
from karier_reco.optimiser.part import part_of, sample
from karier_reco.optimiser.prices import descend
from karier_reco.optimiser.pricing import Pricer, Pricing
from karier_reco.optimiser.problem import AllocationProblem, SessionCost
from karier_reco.optimiser.proof import prove
from karier_reco.optimiser.repair import Repair
from karier_reco.optimiser.room import Room
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify
from tests.contract.test_solvers import crowd
from tests.oracles import best_plan, is_feasible, value_of
from tests.problems import random_arguments, random_prices, random_problem, renumbered

#: What only a person's own seats decide.
OWN = {"sessions", "hours", "exclusive", "requires", "must"}


def test_random_prices_bound_the_optimum(full: bool) -> None:
    """D at random prices is at least what the best of all combinations is worth: 25 prices of each problem.

    Every fifth is computed by `prove` too, which shares no code with it.
    """
    for seed in range(4000 if full else 60):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        optimum, _ = best_plan(problem)
        pricer = Pricer(problem)
        for number in range(25):
            prices = random_prices(rng, problem, float(rng.choice([0.1, 0.5, 1.0, 3.0])))
            bound = pricer.price(prices).bound
            assert optimum is None or bound >= optimum - 1e-9 * max(1.0, optimum), (seed, number)
            if number % 5 == 0:
                assert bound == pytest.approx(prove(problem, prices).bound, rel=1e-9, abs=1e-9), (seed, number)


def test_a_descent_only_lowers_the_bound(full: bool) -> None:
    """Every bound that a descent tells is lower than the one before and holds; the last comes from its prices."""
    for seed in range(500 if full else 60):
        problem = random_problem(np.random.default_rng(seed))
        optimum, _ = best_plan(problem)
        told: list[float] = []

        def note(pricing: Pricing, prices: Prices, told: list[float] = told) -> bool:
            told.append(pricing.bound)
            return len(told) > 50  # an infeasible problem has no lowest bound

        found = descend(Pricer(problem), Clock(), None, note)
        assert told == sorted(told, reverse=True), seed
        assert optimum is None or told[-1] >= optimum - 1e-9 * max(1.0, optimum), seed
        assert Pricer(problem).price(found.prices).bound == found.pricing.bound, seed
        for name, prices in vars(found.prices).items():
            assert (prices >= 0).all(), (seed, name)


def test_prices_are_honest(full: bool) -> None:
    """The method prices never states more than it has: value <= optimum <= bound, verified; infeasible when it is."""
    for seed in range(500 if full else 60):
        problem = random_problem(np.random.default_rng(seed))
        optimum, _ = best_plan(problem)
        allocation = solve(problem, method="prices", optimality_gap=0.0, time_limit=20.0)
        verify(problem, allocation)
        if optimum is None:
            assert allocation.status == "infeasible", seed
            continue
        assert allocation.method == "prices", seed
        assert allocation.bound is not None, seed
        assert allocation.value <= optimum + 1e-9 <= allocation.bound + 2e-9 * max(1.0, optimum), seed


def test_the_ledger_agrees_with_the_room(full: bool) -> None:
    """Compiled and plain bookkeeping of a growing plan say the same: what fits, and what one more seat would add."""
    for seed in range(600 if full else 80):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        repair, room = Repair(problem), Room(problem)
        left = repair._empty()
        for e in rng.permutation(problem.n_seats).tolist():
            for other in range(problem.n_seats):
                assert ledger.fits(repair._rules, left, other) == room.fits(other), (seed, e, other)
                if room.fits(other):
                    added = ledger.adds(repair._rules, left, other)
                    assert added == pytest.approx(room.gain(other), rel=1e-9, abs=1e-9), (seed, e, other)
            if room.joins(e):
                room.grant(e)
                ledger.move(repair._rules, left, e, 1)
            elif rng.random() < 0.5 and room.granted.any():
                gone = int(rng.choice(np.flatnonzero(room.granted)))
                room.revoke(gone)
                ledger.move(repair._rules, left, gone, -1)


def test_a_part_fits_into_its_whole(full: bool) -> None:
    """A plan of a part, with the seats of the others as they are, keeps every limit of the whole, and values add.

    So the best plan of the part is the best plan of the whole in which the others stay as they are.
    """
    for seed in range(600 if full else 80):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        _, plan = best_plan(problem)
        if plan is None or not problem.n_seats:
            continue
        granted = np.asarray(plan, dtype=bool)
        mine = rng.random(problem.n_people) < 0.5
        seats = np.flatnonzero(mine[problem.person] & (granted | (rng.random(problem.n_seats) < 0.7)))
        others = granted & ~mine[problem.person]
        part = part_of(problem, seats, others)
        best, chosen = best_plan(part)
        merged = others.copy()
        assert best is not None, seed
        merged[seats] = np.asarray(chosen, dtype=bool)
        assert is_feasible(problem, merged), seed
        assert value_of(problem, merged) == pytest.approx(value_of(problem, granted), rel=1e-9, abs=1e-9), seed
        assert (part.budget == problem.budget - spent_by(problem, others)).all(), seed


def test_a_sample_has_every_so_manieth_person() -> None:
    """One in two: of persons 0, 2, 4… those who have seats, with these, their needs, and the limits of all."""
    for seed in range(80):
        problem = random_problem(np.random.default_rng(seed))
        half = sample(problem, 2)
        kept = problem.person % 2 == 0
        assert (half.person == np.unique(problem.person[kept], return_inverse=True)[1]).all(), seed
        assert (half.session == problem.session[kept]).all(), seed
        assert half.budget.tolist() == problem.budget.tolist(), seed
        everybody = value_of(half, np.ones(half.n_seats, dtype=bool))
        assert everybody == pytest.approx(value_of(problem, kept), rel=1e-9, abs=1e-9), seed


def test_small_types_and_either_form_of_cost_change_nothing() -> None:
    """int16 sessions, int8 limits, float32 values and costs by session give the bytes of wide types and cost rows."""
    rng = np.random.default_rng(5)
    people, each, sessions = 300, 6, 40
    person = np.repeat(np.arange(people), each)
    session = np.sort(rng.random((people, sessions)).argsort(axis=1)[:, :each], axis=1).ravel()
    value = rng.integers(1, 64, person.size) / 8
    amount, line = rng.integers(0, 90, (sessions, 2)), np.stack([np.arange(people) % 5, np.full(people, 5)], axis=1)
    rows = sp.csr_array(
        sp.coo_array(
            (
                amount[session].ravel(order="F"),
                (np.tile(np.arange(person.size), 2), line[person].ravel(order="F")),
            ),
            shape=(person.size, 6),
        )
    )
    budget, seats = np.full(6, 2_000), np.full(sessions, 20)
    wide = AllocationProblem(person, session, value, rows, budget, seats, max_sessions=2)
    small = AllocationProblem(
        person.astype(np.int16),
        session.astype(np.uint8),
        value.astype(np.float32),
        SessionCost(amount.astype(np.uint8), line.astype(np.int8)),
        budget.astype(np.uint16),
        seats.astype(np.int8),
        max_sessions=np.full(people, 2, dtype=np.uint8),
    )
    assert small.value.dtype == np.float32
    assert small.session.dtype == np.uint8
    one, other = (
        solve(p, method="prices", optimality_gap=0.001, work_limit=3.0, time_limit=None) for p in (wide, small)
    )
    assert one.granted.tobytes() == other.granted.tobytes()
    assert one.value == other.value
    assert other.bound == pytest.approx(one.bound, rel=1e-9)


def test_workers_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One or two workers give the same bytes; blocks of other sizes the same value and bound, to rounding."""
    problem = crowd()
    how: dict[str, Any] = {"method": "prices", "optimality_gap": 0.0, "work_limit": 2.0, "time_limit": None}
    alone = solve(problem, **how)
    monkeypatch.setattr(blocks, "BLOCK", 64)
    pairs = [solve(problem, **how, n_jobs=n_jobs) for n_jobs in (1, 2)]
    assert pairs[0].granted.tobytes() == pairs[1].granted.tobytes()
    assert pairs[0].bound == pairs[1].bound
    assert all(a.tobytes() == b.tobytes() for a, b in zip(*(vars(p.prices).values() for p in pairs), strict=True))
    assert pairs[0].bound == pytest.approx(alone.bound, rel=1e-3)
    assert pairs[0].value == pytest.approx(alone.value, rel=1e-2)


def test_renumbered_people_have_the_same_bound() -> None:
    """People and sessions renumbered, and their prices with them: D is the same but for the order of a sum."""
    for seed in range(80):
        rng = np.random.default_rng(seed)
        arguments = random_arguments(rng)
        problem = AllocationProblem(**arguments)
        people, sessions = rng.permutation(problem.n_people), rng.permutation(problem.n_sessions)
        changed, order = renumbered(arguments, people, sessions)
        other = AllocationProblem(**changed)
        prices = random_prices(rng, problem, 0.5)
        back = np.argsort(sessions)
        moved = Prices(prices.budget, prices.max_seats[back], prices.min_seats[back], prices.floor, prices.link[order])
        one, two = Pricer(problem).price(prices).bound, Pricer(other).price(moved).bound
        assert two == pytest.approx(one, rel=1e-12, abs=1e-12), seed


def test_known_prices_are_where_a_descent_begins() -> None:
    """Started from its own answer a run is no worse in its first bound; a mask alone has no prices to begin with."""
    problem = crowd()
    first = solve(problem, method="prices", optimality_gap=0.05)
    bounds: list[float] = []
    again = solve(
        problem,
        method="prices",
        optimality_gap=0.0,
        work_limit=0.2,
        time_limit=None,
        start=first,
        on_progress=lambda event: bounds.append(event.bound) if event.bound else None,
    )
    assert first.bound is not None
    assert bounds[0] <= first.bound * (1 + 1e-12)
    assert again.value >= first.value
    smaller = crowd(people=100)
    verify(smaller, solve(smaller, method="prices", optimality_gap=0.05, start=np.zeros(smaller.n_seats, dtype=bool)))
