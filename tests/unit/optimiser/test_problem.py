"""What ``AllocationProblem`` takes, what it refuses and how it names it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.errors import LimitsError
from karier_reco.optimiser import arrays
from karier_reco.optimiser.feasibility import broken_rows
from karier_reco.optimiser.problem import AllocationProblem, SessionCost


def arguments(**changes: Any) -> dict[str, Any]:
    """Three seats: person 0 in sessions 0 and 1, person 1 in session 1; one line of 10, of which a seat takes 3."""
    plain: dict[str, Any] = {
        "person": [0, 0, 1],
        "session": [0, 1, 1],
        "value": [2.0, 1.0, 1.5],
        "cost": sp.csr_array([[3], [3], [3]]),
        "budget": [10],
        "max_seats": [1, 2],
    }
    return plain | changes


@pytest.mark.parametrize(
    ("changes", "argument", "index", "value"),
    [
        ({"person": [0, 1, 0]}, "person", 2, 0),
        ({"person": [0.5, 1.0, 1.0]}, "person", None, "entries of type float64"),
        ({"person": [-1, 0, 1]}, "person", 0, -1),
        ({"session": [0, 2, 1]}, "session", 1, 2),
        ({"session": [0, 0, 1]}, "session", 1, 0),
        ({"session": [0, 1]}, "session", None, "shape (2,)"),
        ({"value": [2.0, np.nan, 1.5]}, "value", 1, None),
        ({"value": [2.0, -1.0, 1.5]}, "value", 1, -1.0),
        ({"cost": sp.csr_array([[3], [-5], [3]])}, "cost", (1, 0), -5),
        ({"cost": sp.csr_array([[3], [3]])}, "cost", None, "shape (2, 1)"),
        ({"cost": sp.csr_array([[3.5], [3], [3]])}, "cost", None, "entries of type float64"),
        ({"cost": sp.csr_array([[2**62], [2**62], [3]])}, "cost", None, "a sum of 9.22337e+18"),
        ({"cost": SessionCost(np.array([[1], [1]]), np.array([[0], [1]]))}, "cost.line", (1, 0), 1),
        ({"cost": SessionCost(np.array([[1], [-1]]), np.array([[0], [0]]))}, "cost.amount", (1, 0), -1),
        ({"budget": [-1]}, "budget", 0, -1),
        ({"budget": np.array([2**63], dtype=np.uint64)}, "budget", 0, 2**63),
        ({"max_seats": [[1, 2]]}, "max_seats", None, "shape (1, 2)"),
        ({"hours": [1]}, "hours", None, "shape (1,)"),
        ({"min_seats": [1, -1]}, "min_seats", 1, -1),
        ({"opening_cost": sp.csr_array([[1], [-1]])}, "opening_cost", (1, 0), -1),
        ({"max_sessions": -1}, "max_sessions", 0, -1),
        ({"max_sessions": [1, 1], "max_hours": [1, 1, 1]}, "max_hours", None, "shape (3,)"),
        ({"max_sessions": [1]}, "person", 2, 1),
        ({"target_hours": [1.0, np.inf]}, "target_hours", 1, None),
        ({"hour_value": -0.5}, "hour_value", 0, -0.5),
        ({"exclusive": [[0, 2]]}, "exclusive[0]", 1, 2),
        ({"exclusive": [[1, 1]]}, "exclusive[0]", None, "[1, 1]"),
        ({"requires": [(0, [2])]}, "requires[0]", 0, 2),
        ({"requires": [(0, [1], 5)]}, "requires", 0, "3 entries"),
        ({"requires": [(0, [1])], "requires_met": [True]}, "requires_met", None, "shape (1,)"),
        ({"requires": [(0, [1])], "requires_met": [0, 1, 1]}, "requires_met", None, "entries of type int64"),
        ({"must": [-2, 0, 0]}, "must", 0, -2),
        (
            {"need_gain": sp.csr_array([[1.0], [0], [1.0]]), "need_cap": [1.0]},
            "need_gain",
            (2, 0),
            "a seat of person 1",
        ),
        ({"need_gain": sp.csr_array((3, 1))}, "need_cap", None, None),
        ({"need_cap": [1.0]}, "need_gain", None, None),
        ({"groups": sp.csr_array([[True], [False]]), "floor": [1.0, 2.0]}, "floor", None, "shape (2,)"),
        ({"groups": sp.csr_array([[2], [0]]), "floor": [1.0]}, "groups", None, "entries of type int64"),
        ({"hold": [1, 0]}, "hold", None, "entries of type int64"),
        ({"names": {"rooms": []}}, "names", None, "'rooms'"),
        ({"names": {"lines": ["a", "b"]}}, "names", None, "2 texts under 'lines'"),
    ],
)
def test_refuses_what_does_not_fit(changes: dict[str, Any], argument: str, index: object, value: object) -> None:
    """A wrong argument is refused with its name, the place in it and what stands there; the message shows all three."""
    with pytest.raises(LimitsError) as caught:
        AllocationProblem(**arguments(**changes))
    error = caught.value
    assert (error.argument, error.index) == (argument, index)
    if value is not None:
        assert error.value == value
        assert f"got {value}; expected " in str(error)
    assert str(error).startswith(argument)
    assert "np." not in str(error)


def test_keeps_what_is_given() -> None:
    """Small types stay, nothing is copied or sorted, the caller's arrays are left alone; scalars reach everybody."""
    value = np.array([2.0, 1.0, 1.5], dtype=np.float32)
    seats = np.array([1, 2], dtype=np.int8)
    groups = sp.csr_array((np.array([True, False]), np.array([0, 0]), np.array([0, 1, 2])), shape=(2, 1))
    problem = AllocationProblem(**arguments(value=value, max_seats=seats, max_sessions=3, groups=groups, floor=[0.0]))
    assert problem.value is value
    assert problem.max_seats is seats
    assert problem.max_sessions is not None
    assert problem.max_sessions.tolist() == [3, 3]
    assert groups.nnz == 2
    assert problem.groups is not None
    assert problem.groups.nnz == 1


def test_numbers_of_things() -> None:
    """People are counted by an argument with an entry each, else by the largest number; the rest by their arrays."""
    problem = AllocationProblem(**arguments())
    assert (problem.n_people, problem.n_sessions, problem.n_lines, problem.n_seats) == (2, 2, 1, 3)
    assert problem.starts.tolist() == [0, 2, 3]
    more = replace(problem, max_hours=[1, 1, 1, 1])
    assert more.n_people == 4
    assert more.starts.tolist() == [0, 2, 3, 3, 3]
    nothing = AllocationProblem([], [], [], sp.csr_array((0, 0)), [], [])
    assert (nothing.n_people, nothing.n_sessions, nothing.n_seats) == (0, 0, 0)


def test_session_cost_is_the_same_as_rows() -> None:
    """Accounts go to the line that pays for the person: 2 + 1 to one line, 2 and 1 to two, -1 to none."""
    amount, line = np.array([[2, 1], [4, 0]]), np.array([[0, 0], [1, -1]])
    problem = AllocationProblem([0, 0, 1], [0, 1, 0], [1, 1, 1], SessionCost(amount, line), [9, 9], [1, 1])
    assert problem.seat_cost.toarray().tolist() == [[3, 0], [4, 0], [0, 2]]


def test_small_types_do_not_overflow() -> None:
    """Entries of one place are added as whole numbers of 64 bits: 100 + 100 is 200, although int8 ends at 127."""
    twice = sp.coo_array((np.array([100, 100], dtype=np.int8), ([0, 0], [0, 0])), shape=(3, 1))
    assert AllocationProblem(**arguments(cost=twice)).seat_cost[0, 0] == 200


def test_sums_of_small_types() -> None:
    """What seats take is added in 64 bits from the types as given: 3 x 60,000 of 16 bits, 2 x 100 hours of 8.

    Budgets of 180,000 and limits of 200 hold; one less is broken. Of the people 0 to 2, the last has one seat.
    """
    fee = SessionCost(np.array([[60_000], [60_000]], dtype=np.uint16), np.zeros((3, 1), dtype=np.int8))
    given = {
        "person": np.array([0, 0, 2], dtype=np.int8),
        "session": np.array([0, 1, 1], dtype=np.int16),
        "value": np.array([2.0, 1.0, 1.5], dtype=np.float32),
        "hours": np.array([100, 100], dtype=np.int8),
    }
    problem = AllocationProblem(**arguments(**given, cost=fee, budget=[180_000], max_hours=[200, 0, 100]))
    assert all(getattr(problem, name).dtype == array.dtype for name, array in given.items())
    assert isinstance(problem.cost, SessionCost)
    assert (problem.cost.amount.dtype, problem.cost.line.dtype) == (np.uint16, np.int8)
    everything = np.ones(3, dtype=bool)
    assert broken_rows(problem, everything) == []
    assert broken_rows(replace(problem, budget=[179_999]), everything) == [("budget", 0)]
    assert broken_rows(replace(problem, max_hours=[199, 0, 99]), everything) == [("hours", 0), ("hours", 2)]


def test_more_people_than_a_small_type_counts() -> None:
    """People of 8 bits end at 127; with limits for 200 those from 128 on have no seats, and theirs start at the end."""
    person = np.array([0, 127], dtype=np.int8)
    problem = AllocationProblem(person, [0, 0], [1, 1], sp.csr_array((2, 0), dtype=int), [], [2], np.ones(1, dtype=int))
    assert problem.starts.tolist() == [0] + [1] * 127 + [2]
    many = replace(problem, max_sessions=np.ones(200, dtype=np.int8))
    assert many.starts.tolist() == [0] + [1] * 127 + [2] * 73


@pytest.mark.parametrize("block", [1, 2, 7])
def test_pairs_are_compared_in_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where blocks of people end makes no difference: sessions in any order pass, a pair that stands twice never."""
    monkeypatch.setattr(arrays, "BLOCK", block)
    person, session = np.repeat(np.arange(5), [3, 0, 2, 4, 1]), np.array([2, 0, 1, 1, 0, 3, 0, 2, 1, 3])
    free = sp.csr_array((10, 0), dtype=int)
    assert AllocationProblem(person, session, np.ones(10), free, [], [9] * 4).starts.tolist() == [0, 3, 3, 5, 9, 10]
    for at, other in ((2, 0), (4, 3), (8, 5)):
        again = np.where(np.arange(10) == at, session[other], session)
        with pytest.raises(LimitsError) as caught:
            AllocationProblem(person, again, np.ones(10), free, [], [9] * 4)
        assert (caught.value.index, caught.value.value) == (at, session[other])


def test_worth() -> None:
    """Seats 2 + 1; a need takes min(1.5, 1 + 1) = 1.5 of both; of 5 + 4 hours 6 are worth 0.1 each: 3 + 1.5 + 0.6."""
    problem = AllocationProblem(
        **arguments(
            need_gain=sp.csr_array([[1.0], [1.0], [0.0]]), need_cap=[1.5], hours=[5, 4], target_hours=6, hour_value=0.1
        )
    )
    assert problem.worth(np.array([True, True, False])) == pytest.approx(5.1, rel=1e-12)
    assert problem.worth(np.array([True, False, False])) == pytest.approx(2 + 1 + 0.5, rel=1e-12)


def test_row_names() -> None:
    """A limit is called by its kind and the texts of what it limits, or their numbers."""
    names = {"lines": ["fee"], "sessions": ["A", "B"], "people": ["…001", "…002"], "groups": ["women"]}
    rules = {"exclusive": [[0, 1]], "requires": [(0, [1])], "groups": sp.csr_array([[True], [True]]), "floor": [0.0]}
    plain, named = AllocationProblem(**arguments(**rules)), AllocationProblem(**arguments(**rules, names=names))
    kinds = [("budget", 0), ("seats", 1), ("hold", 0), ("hours", 1), ("exclusive", 1, 0), ("requires", 0, 0)]
    assert [plain.row_name(*kind) for kind in kinds] == [
        *("budget[0]", "seats[1]", "hold[0]", "hours[1]", "exclusive[1, 0/1]", "requires[0, 0]"),
    ]
    assert [named.row_name(*kind) for kind in [*kinds, ("must", 1, 7), ("floor", 0)]] == [
        *("budget[fee]", "seats[B]", "hold[A]", "hours[…002]", "exclusive[…002, A/B]", "requires[…001, A]"),
        *("must[…002, 7]", "floor[women]"),
    ]
