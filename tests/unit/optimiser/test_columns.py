"""Whole sets of seats as columns: the bound meets the master, and small problems are solved right by way of it."""

from __future__ import annotations

import numpy as np
import pytest

from karier_reco.optimiser import run
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.columns import generate
from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.pricing import Pricer
from karier_reco.optimiser.relaxation import relax
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify
from tests.contract.test_solvers import crowd
from tests.oracles import best_plan
from tests.problems import random_problem


def test_the_bound_meets_the_master() -> None:
    """At the end D(prices) is the master's value, to 2e-5: nothing is left to be priced. It is below what the prices of
    the relaxation by single seats prove. Plans that come out of the sets break no limit but one that the model has a
    way out of, and not all of them take one.
    """
    problem = crowd()
    f = formulate(problem)
    relaxation = relax(f, Clock(), seed=0)
    pricer = Pricer(problem)
    found = pricer.price(relaxation.prices)
    bounds, plans = list[float](), list[np.ndarray]()
    master = generate(
        *(f, pricer, relaxation.prices, found, [], Clock(), 0.0, 0),
        lambda pricing, prices: bounds.append(pricing.bound),
    )
    solved = master.solve(Clock())
    assert solved is not None
    assert min(bounds) == pytest.approx(solved[1], rel=2e-5)
    assert min(bounds) >= solved[1] * (1 - 1e-9)
    assert min(bounds) < found.bound
    for keep in (("openings", "sets"), ("openings",), ()):
        master.search(Clock(time_limit=2.0), 0.01, keep, plans.append)
    broken = [{row[0] for row in broken_rows(problem, granted)} for granted in plans]
    assert set() in broken
    assert set().union(*broken) <= {"min_seats", "hold", "floor"}


def test_small_problems_by_way_of_sets(full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With sets priced at every size the answers are those of brute force, with every kind of limit."""
    monkeypatch.setattr(run, "SMALL", 0)
    for seed in range(1000 if full else 100):
        problem = random_problem(np.random.default_rng(seed))
        optimum, _ = best_plan(problem)
        allocation = solve(problem, optimality_gap=0.0)
        verify(problem, allocation)
        assert allocation.status == ("infeasible" if optimum is None else "optimal"), seed
        assert allocation.value == pytest.approx(optimum or 0.0, rel=1e-9, abs=1e-9), seed
