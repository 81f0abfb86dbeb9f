"""The model has exactly the problem's plans, at the problem's values, whatever is merged or left out of it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.formulation import Formulation, formulate
from karier_reco.optimiser.needs import merge_needs
from karier_reco.optimiser.problem import AllocationProblem
from tests import oracles
from tests.problems import random_problem


def columns_of(f: Formulation, granted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return all columns of a plan: openings, closures and hours follow from the seats."""
    problem = f.problem
    opened = np.bincount(problem.session[granted], minlength=problem.n_sessions) > 0
    seat, need, gain = f.needs.entries
    inside = granted[seat]
    closed = np.bincount(need[inside], weights=gain[inside], minlength=len(f.needs.cap))
    parts = [granted.astype(float), opened[f.opening >= 0].astype(float), np.minimum(closed, f.needs.cap)]
    if len(f.counting) and problem.hours is not None and problem.target_hours is not None:
        weights = problem.hours[problem.session[granted]]
        hours = np.bincount(problem.person[granted], weights=weights, minlength=problem.n_people)
        parts.append(np.minimum(hours, problem.target_hours)[f.counting])
    return np.concatenate(parts)


@pytest.mark.parametrize("every_row", [False, True])
def test_every_mask_is_the_same_in_the_model(every_row: bool) -> None:
    """The columns of a mask keep the model's rows and links if, and only if, the mask keeps the limits; the gain is
    then its value.
    """
    for seed in range(80):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        f = formulate(problem, every_row)
        for _ in range(30):
            granted = rng.random(problem.n_seats) < rng.uniform(0.1, 0.7)
            columns = columns_of(f, granted)
            used = f.matrix @ columns
            holds = bool(np.all(used <= f.high + 1e-9) and np.all(used >= f.low - 1e-9))
            holds &= bool(np.all(columns >= f.lower) and np.all(columns <= f.upper + 1e-9))
            assert holds == (broken_rows(problem, granted) == []), seed
            if holds:
                assert f.gain @ columns == pytest.approx(problem.worth(granted), rel=1e-9, abs=1e-9), seed
                assert (f.links(f.gated) @ columns <= 0).all()


def test_broken_rows_are_those_of_plain_loops() -> None:
    """The vectorised check names the same limits as loops over everything."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        granted = rng.random(problem.n_seats) < 0.5
        named = {problem.row_name(*row) for row in broken_rows(problem, granted)}
        assert named == set(oracles.broken_rows(problem, granted)), seed


def test_money_in_other_units_gives_the_same_floats() -> None:
    """A thousand times the money is the same model to the last bit; and the row is in its line's own size."""
    cost, budget = sp.csr_array([[1_234_567], [7_000_001], [35]]), np.array([8_000_000])
    one = AllocationProblem([0, 1, 2], [0, 0, 0], [1.0, 1.0, 1.0], cost, budget, [3])
    other = AllocationProblem([0, 1, 2], [0, 0, 0], [1.0, 1.0, 1.0], cost * 1000, budget * 1000, [3])
    first, second = formulate(one), formulate(other)
    assert first.matrix.data.tobytes() == second.matrix.data.tobytes()
    assert first.high.tobytes() == second.high.tobytes()
    assert second.scale[0] == pytest.approx(1000 * first.scale[0], rel=1e-12)


def test_needs_that_cannot_reach_their_cap_are_value() -> None:
    """Of three needs of one person with two seats the first cannot fill up (0.4 + 0.5 < 1), the second can, and the
    third is twice the second: one need of cap 0.6 + 1.2 with gains 0.4 + 0.8 and 0.5 + 1.0 is left.
    """
    gain = sp.csr_array([[0.4, 0.4, 0.8], [0.5, 0.5, 1.0]])
    problem = AllocationProblem(
        [0, 0],
        [0, 1],
        [0.0, 0.0],
        sp.csr_array((2, 0), dtype=int),
        [],
        [1, 1],
        need_gain=gain,
        need_cap=[1.0, 0.6, 1.2],
    )
    needs = merge_needs(problem, every_row=False)
    assert needs.value.tolist() == [0.4, 0.5]
    assert needs.cap == pytest.approx([1.8])
    assert needs.entries[2] == pytest.approx([1.2, 1.5])


def test_one_session_only_fills_no_need_twice() -> None:
    """Who may attend one session closes with the larger gain at most: the need is value, unless the limit may go."""
    gain = sp.csr_array([[0.7], [0.8]])
    problem = AllocationProblem(
        *([0, 0], [0, 1], [0.0, 0.0], sp.csr_array((2, 0), dtype=int), [], [1, 1]),
        max_sessions=1,
        need_gain=gain,
        need_cap=[1.0],
    )
    assert merge_needs(problem, every_row=False).cap.size == 0
    assert merge_needs(problem, every_row=True).cap.tolist() == [1.0]
