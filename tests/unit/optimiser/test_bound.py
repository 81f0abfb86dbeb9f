"""The solver's own evaluation of D(prices), held against ``prove``, which shares no code with it."""

from __future__ import annotations

import numpy as np
import pytest

from karier_reco.optimiser import bound
from karier_reco.optimiser.bound import price
from karier_reco.optimiser.formulation import formulate
from karier_reco.optimiser.proof import prove
from tests.oracles import best_plan
from tests.problems import random_prices, random_problem


def test_agrees_with_the_proof(full: bool) -> None:
    """Two implementations of one formula, on random problems and prices: equal, minus infinity included."""
    for seed in range(1000 if full else 150):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        formulation = formulate(problem)
        for size in (0.0, 0.5, 2.0):
            prices = random_prices(rng, problem, size)
            expected = prove(problem, prices).bound
            assert price(formulation, prices).bound == pytest.approx(expected, rel=1e-9, abs=1e-9), (seed, size)


def test_sets_are_allowed_and_worth_what_is_said() -> None:
    """Every person's set keeps the limits of that person, as far as brute force over their seats alone can tell."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        found = price(formulate(problem), random_prices(rng, problem, 0.3))
        assert all(set(problem.person[seats]) <= {i} for i, seats in enumerate(found.sets)), seed
        if problem.max_sessions is not None:
            assert all(len(s) <= m for s, m in zip(found.sets, problem.max_sessions, strict=True)), seed


def test_stays_a_bound_when_the_search_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one set per person looked at, an upper limit stands for the rest: D only rises."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        formulation, prices = formulate(problem), random_prices(rng, problem, 0.3)
        exact = price(formulation, prices).bound
        monkeypatch.setattr(bound, "MOST_NODES", 1)
        cut = price(formulation, prices).bound
        monkeypatch.undo()
        optimum, _ = best_plan(problem)
        assert cut >= exact - 1e-9, seed
        assert optimum is None or cut >= optimum - 1e-9, seed
