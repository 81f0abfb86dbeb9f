"""What the relaxation decides for good: nothing that a better plan needs is fixed, and cores prove what all proves."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser import exact
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.fixing import Fixing, round_down, step_of
from karier_reco.optimiser.formulation import Formulation, formulate
from karier_reco.optimiser.highs import Answer, Highs
from karier_reco.optimiser.incumbent import Incumbent
from karier_reco.optimiser.problem import AllocationProblem
from tests.oracles import best_plan, is_feasible, value_of
from tests.problems import random_problem


def some_links(rng: np.random.Generator, f: Formulation) -> np.ndarray:
    """Half of the seats whose session has an opening of its own."""
    return f.gated[rng.random(len(f.gated)) < 0.5]


def test_a_plan_is_worth_no_more_than_the_bound_less_what_it_does_otherwise(
    full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any duals, optimal or drawn at random: value <= D - the losses of all seats and openings at their other side.

    Every plan of small problems with every kind of limit is tried.
    """
    run, rng = Highs.run, np.random.default_rng(0)

    def run_badly(self: Highs, clock: Clock) -> Answer:
        answer = run(self, clock)
        if answer.duals is None or rng.random() < 0.3:
            return answer
        return Answer(answer.status, duals=answer.duals + rng.normal(0, 1, len(answer.duals)))

    monkeypatch.setattr(Highs, "run", run_badly)
    tried = 0
    for seed in range(300 if full else 40):
        problem = random_problem(np.random.default_rng(seed), seats=7)
        f = formulate(problem)
        fixing = Fixing(f, some_links(rng, f), Clock(), seed=0)
        for granted in product([False, True], repeat=problem.n_seats):
            mask = np.array(granted, dtype=bool)
            if not is_feasible(problem, mask):
                continue
            assert not fixing.infeasible, seed
            other = np.zeros(f.n_columns, dtype=bool)
            other[: problem.n_seats] = mask != (fixing.side[: problem.n_seats] == 1)
            opened = np.bincount(problem.session[mask], minlength=problem.n_sessions) > 0
            gates = f.opening[f.opening >= 0]
            other[gates] = opened[f.opening >= 0] != (fixing.side[gates] == 1)
            most = fixing.bound - fixing.loss[other].sum()
            assert value_of(problem, mask) <= most + 1e-9 * max(1.0, abs(most)), seed
            tried += 1
    assert tried > 200


def test_cores_prove_what_the_whole_model_proves(full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Searched from a core of two columns on, with or without a plan at hand, problems with every kind of limit have
    the brute-force optimum as value and as bound, or are found infeasible.
    """
    monkeypatch.setattr(exact, "FIRST_CORE", 2)
    for seed in range(1000 if full else 120):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        optimum, mask = best_plan(problem)
        clock = Clock()
        best, f = Incumbent(problem, clock), formulate(problem)
        if optimum is not None and seed % 2:
            best.offer(mask)
        found = exact.search_all(f, some_links(rng, f), best, 0.0, clock, seed=0)
        assert found == (optimum is not None), seed
        assert (best.value is None) == (optimum is None), seed
        if optimum is not None:
            assert best.value == pytest.approx(optimum, rel=1e-9, abs=1e-9), seed
            assert best.bound == pytest.approx(optimum, rel=1e-8, abs=1e-8), seed


def test_a_core_bounds_every_plan_by_itself_and_what_is_outside() -> None:
    """Three seats worth 6, 5 and 4 cost 3, 3 and 2 of 7: the relaxation takes the first, the third and two thirds of
    the second, at a price of 5/3 for a unit. After it the others are worth 1 and 2/3, so what the core of the second
    and the third leaves out bounds plans without the first by 6 + 4 + 10/3 - 1.
    """
    problem = AllocationProblem([0, 1, 2], [0, 0, 0], [6.0, 5.0, 4.0], sp.csr_array([[3], [3], [2]]), [7], [3])
    fixing = Fixing(formulate(problem), np.empty(0, dtype=np.int64), Clock(), seed=0)
    assert fixing.bound == pytest.approx(6 + 4 + 10 / 3)
    assert fixing.loss == pytest.approx([1.0, 0.0, 2 / 3])
    assert fixing.side[[0, 2]].tolist() == [1.0, 1.0]
    assert fixing.least(2) == pytest.approx(2 / 3)
    core = fixing.core(0.7)
    assert core.tolist() == [False, True, True]
    assert fixing.outside(core) == pytest.approx(6 + 4 + 10 / 3 - 1)


@pytest.mark.parametrize(
    ("value", "step"), [([4.0, 6.0, 10.0], 2.0), ([3.0, 0.0, 5.0], 1.0), ([0.5, 1.0, 2.0], 0.0), ([0.0, 0.0, 0.0], 0.0)]
)
def test_the_step_of_values(value: list[float], step: float) -> None:
    """Whole values are multiples of their greatest common divisor; others have no step that is used."""
    problem = AllocationProblem([0, 1, 2], [0, 0, 0], value, sp.csr_array([[1], [1], [1]]), [2], [3])
    assert step_of(formulate(problem)) == step


def test_paid_hours_have_no_step() -> None:
    """An hour is worth 1 up to 2.5 of them: values are multiples of a half, which the whole gains do not show."""
    problem = AllocationProblem(
        [0, 0],
        [0, 1],
        [1.0, 1.0],
        sp.csr_array((2, 0), dtype=int),
        [],
        [1, 1],
        [2, 2],
        target_hours=2.5,
        hour_value=1.0,
    )
    assert step_of(formulate(problem)) == 0.0


@pytest.mark.parametrize(
    ("bound", "step", "down"), [(7.9, 2.0, 6.0), (8.0 - 1e-9, 2.0, 8.0), (7.9, 0.0, 7.9), (-np.inf, 2.0, -np.inf)]
)
def test_bounds_are_rounded_down_to_a_step(bound: float, step: float, down: float) -> None:
    """No multiple of the step is between the bound and what it is rounded to; a bound by rounding below one is one."""
    assert round_down(bound, step) == down
