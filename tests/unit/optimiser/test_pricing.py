"""The solver's own evaluation of D(prices), held against ``prove``, which shares no code with it."""

from __future__ import annotations

import numpy as np
import pytest

from karier_reco.optimiser import blocks
from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.pricing import Pricer
from karier_reco.optimiser.proof import prove
from tests.oracles import best_plan
from tests.problems import random_prices, random_problem


def test_agrees_with_the_proof(full: bool) -> None:
    """Two implementations of one formula, on random problems and prices: equal, minus infinity included."""
    for seed in range(1000 if full else 150):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        pricer = Pricer(problem)
        for size in (0.0, 0.5, 2.0):
            prices = random_prices(rng, problem, size)
            expected = prove(problem, prices).bound
            assert pricer.price(prices).bound == pytest.approx(expected, rel=1e-9, abs=1e-9), (seed, size)


def test_sets_are_allowed_and_worth_what_is_said() -> None:
    """Every person's set keeps the limits of that person; what all sets use of lines and sessions is counted right."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        prices = random_prices(rng, problem, 0.3)
        found = Pricer(problem).price(prices)
        kinds = {row[0] for row in broken_rows(problem, found.taken)}
        assert np.isinf(found.bound) or kinds <= {"budget", "seats", "min_seats", "hold", "floor"}, seed
        assert (found.filled == np.bincount(problem.session[found.taken], minlength=problem.n_sessions)).all(), seed
        assert (found.used == problem.seat_cost[found.taken].sum(axis=0)).all(), seed


def test_stays_a_bound_when_the_search_is_cut_short() -> None:
    """With one set per person looked at, an upper limit stands for the rest: D only rises."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        pricer, prices = Pricer(problem), random_prices(rng, problem, 0.3)
        exact, cut = pricer.price(prices).bound, pricer.price(prices, nodes=1).bound
        optimum, _ = best_plan(problem)
        assert cut >= exact - 1e-9, seed
        assert optimum is None or cut >= optimum - 1e-9, seed


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_blocks_and_workers_change_nothing(monkeypatch: pytest.MonkeyPatch, size: int, n_jobs: int) -> None:
    """Blocks of other sizes and two workers give the same seats and, but for the order of a sum, the same bound."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        prices = random_prices(rng, problem, 0.3)
        whole = Pricer(problem).price(prices)
        monkeypatch.setattr(blocks, "BLOCK", size)
        other = Pricer(problem, n_jobs=n_jobs).price(prices)
        monkeypatch.undo()
        assert other.bound == pytest.approx(whole.bound, rel=1e-12, abs=1e-12), seed
        assert other.taken.tobytes() == whole.taken.tobytes(), seed
        assert other.worth.tobytes() == whole.worth.tobytes(), seed
