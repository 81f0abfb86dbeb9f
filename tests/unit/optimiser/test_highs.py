"""The wrapper of HiGHS: it is believed only after known answers, and stops when our clock says so."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.errors import SolverError
from karier_reco.optimiser.clock import Clock
from karier_reco.optimiser.highs import Answer, Highs
from karier_reco.optimiser.known_answers import check_known_answers


def knapsacks(items: int = 60, rows: int = 8) -> Highs:
    """A multidimensional knapsack that takes minutes to prove."""
    rng = np.random.default_rng(0)
    weight = rng.integers(1, 1000, (rows, items)).astype(float)
    gain = weight.sum(axis=0) / rows + rng.random(items) * 50
    low, high = np.full(rows, -np.inf), weight.sum(axis=1) / 2
    model = Highs(gain, np.zeros(items), np.ones(items), sp.csr_array(weight), low, high)
    model.make_whole(np.ones(items, dtype=bool))
    return model


def test_known_answers_are_asked_and_right() -> None:
    """The installed version passes."""
    check_known_answers.__wrapped__()


@pytest.mark.parametrize(
    "wrong",
    [
        {"objective": 10.0},
        {"duals": np.array([1.0, 1.0])},
        {"losses": None},
        {"bound": 5.0},
        {"status": "optimal", "objective": 6.0, "bound": 6.0},
    ],
)
def test_a_wrong_answer_stops_with_the_version(wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that errs in value, duals, bound or feasibility is refused by name before it is used."""
    answer = Highs._answer

    def wrongly(self: Highs) -> Answer:
        right = answer(self)
        touched = {
            name: wrong.get(name, getattr(right, name)) for name in vars(right) if getattr(right, name) is not None
        }
        return Answer(**{"status": right.status} | touched | ({"status": "optimal"} if "status" in wrong else {}))

    monkeypatch.setattr(Highs, "_answer", wrongly)
    with pytest.raises(SolverError, match=r"highspy \d+\.\d+.*: got .*; expected .*Install another"):
        check_known_answers.__wrapped__()


def test_the_clock_stops_a_search_and_the_best_points_are_heard() -> None:
    """A search that takes minutes ends with its deadline; better points came one after the other, and a bound."""
    values: list[float] = []
    began = time.monotonic()
    answer = knapsacks().run(Clock(time_limit=1.0), lambda columns: values.append(float(columns.sum())))
    assert time.monotonic() - began < 1.5
    assert answer.status == "stopped"
    assert len(values) >= 2
    assert answer.bound is not None
    assert answer.objective is not None
    assert answer.bound > answer.objective


def test_work_stops_at_the_same_place() -> None:
    """Two runs with the same limit of work end with the same point and the same bound."""
    one, other = (knapsacks().run(Clock(work_limit=0.05)) for _ in range(2))
    assert one.status == other.status == "stopped"
    assert one.columns is not None
    assert other.columns is not None
    assert one.columns.tobytes() == other.columns.tobytes()
    assert one.bound == other.bound


def test_what_a_listener_raises_comes_out() -> None:
    """An error in our own callback stops the run and is raised where the run was asked for."""

    def fail(columns: np.ndarray) -> None:
        raise ZeroDivisionError(f"got {columns.size} columns; expected none")

    with pytest.raises(ZeroDivisionError, match="got 60 columns"):
        knapsacks().run(Clock(time_limit=20.0), fail)


def test_rows_and_columns_can_be_added() -> None:
    """max a + b with a + b <= 3, each at most 2: 3; with a <= 1 as a row still 3, with b <= 1 too 2; a third column
    that needs nothing of the rows adds its 5.
    """
    model = Highs(
        np.array([1.0, 1.0]),
        np.zeros(2),
        np.full(2, 2.0),
        sp.csr_array(np.array([[1.0, 1.0]])),
        np.array([-np.inf]),
        np.array([3.0]),
        largest=5.0,
    )
    assert model.run(Clock()).objective == pytest.approx(3.0)
    model.add_rows(sp.csr_array(np.eye(2)), np.full(2, -np.inf), np.array([1.0, 1.0]))
    assert model.run(Clock()).objective == pytest.approx(2.0)
    model.bound_rows(np.array([2]), np.array([-np.inf]), np.array([np.inf]))
    assert model.run(Clock()).objective == pytest.approx(3.0)
    model.add_columns(np.array([5.0]), np.zeros(1), np.ones(1), sp.csc_array((3, 1)))
    assert model.run(Clock()).objective == pytest.approx(8.0)
