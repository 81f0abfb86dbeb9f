"""The descent comes near the lowest bound there is, in any unit of money, and says how open sessions were."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser import prices as module
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.columns import generate
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.prices import descend
from karier_reco.optimiser.pricing import Pricer
from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.relaxation import relax
from tests.contract.test_solvers import crowd


def plain(people: int = 3000, sessions: int = 60, seed: int = 1) -> AllocationProblem:
    """People with eight seats each, two at most, three lines, seats for half: no openings, needs or hours."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), 8)
    session = np.sort(rng.random((people, sessions)).argsort(axis=1)[:, :8], axis=1).ravel()
    seat = np.arange(person.size)
    cost = sp.csr_array((rng.integers(1_000, 9_000, seat.size), (seat, person % 3)), shape=(seat.size, 3))
    budget, seats = np.full(3, people * 1_000), np.full(sessions, people // sessions)
    return AllocationProblem(person, session, rng.gamma(2.0, size=seat.size), cost, budget, seats, max_sessions=2)


def test_comes_to_the_linear_optimum() -> None:
    """Without openings the lowest D is the optimum of the linear model, here to 1e-5; it is never below."""
    problem = plain()
    f = formulate(problem)
    relaxation = relax(f, Clock(), seed=0)
    assert relaxation.columns is not None
    optimum = float(f.gain @ relaxation.columns)
    bound = descend(Pricer(problem), Clock()).pricing.bound
    assert optimum * (1 - 1e-9) <= bound <= optimum * (1 + 1e-5)


def test_comes_near_with_openings() -> None:
    """With openings, links and needs the lowest D is what whole sets give, here to half a per cent."""
    problem = crowd(people=1200, sessions=60)
    pricer = Pricer(problem)
    found = descend(pricer, Clock())
    lowest = [found.pricing.bound]
    generate(
        *(formulate(problem), pricer, found.prices, found.pricing, [], Clock(), 0.0, 0),
        lambda pricing, prices: lowest.append(pricing.bound),
    )
    assert min(lowest) <= found.pricing.bound <= min(lowest) * 1.005
    assert ((found.openness >= 0) & (found.openness <= 1)).all()


@pytest.mark.parametrize("factor", [1, 1000])
def test_money_has_no_unit(factor: int) -> None:
    """Rupiah in thousands or one by one: the same bound, and prices a thousandth, to rounding."""
    one = plain(people=600)
    other = AllocationProblem(
        *(one.person, one.session, one.value, one.seat_cost * factor, one.budget * factor, one.max_seats),
        max_sessions=one.max_sessions,
    )
    here, there = (descend(Pricer(p), Clock()) for p in (one, other))
    assert there.pricing.bound == pytest.approx(here.pricing.bound, rel=1e-6)
    assert there.prices.budget * factor == pytest.approx(here.prices.budget, rel=0.05)


def test_a_crowd_begins_with_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the size at which samples are taken the first bound of all is far below that of no prices at all."""
    problem, told = plain(), list[float]()
    monkeypatch.setattr(module, "CROWD", 1000)
    monkeypatch.setattr(module, "SAMPLED", 100)
    descend(Pricer(problem), Clock(), None, lambda pricing, _: bool(told.append(pricing.bound)))
    nothing = module.Prices(*(np.zeros(size) for size in (3, 60, 60, 0, problem.n_seats)))
    assert told[0] < 0.8 * Pricer(problem).price(nothing).bound
    assert told[-1] <= told[0]


def test_a_stopped_clock_leaves_the_first_prices() -> None:
    """With no time there is one evaluation, its bound, and prices of the right lengths."""
    problem = crowd()
    found = descend(Pricer(problem), Clock(time_limit=0.0))
    sizes = [len(getattr(found.prices, field.name)) for field in fields(found.prices)]
    assert sizes == [problem.n_lines, problem.n_sessions, problem.n_sessions, 0, problem.n_seats]
    assert found.pricing.bound > 0
