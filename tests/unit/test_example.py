"""The tiny example of the package: its best plan was derived by hand in its README, and the program must find it."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

import karier_reco as kr
from karier_reco.plan import TrainingPlan

FOLDER = Path(str(files("karier_reco").joinpath("data/example")))

SEATS = {
    "002": {"S-ANGGARAN", "S-COACH"},
    "003": {"S-LANJUT"},
    "004": {"S-INTEGRITAS", "S-LATSAR"},
    "005": {"S-ANGGARAN", "S-DATA-2"},
    "006": {"S-INTEGRITAS"},
    "007": {"S-DATA-1", "S-INTEGRITAS"},
    "008": {"S-INTEGRITAS", "S-SEMINAR"},
}


@cache
def plan() -> TrainingPlan:
    return kr.make_plan(kr.load(FOLDER), year=2027)


def by_person(table: pd.DataFrame, column: str) -> dict[str, set[str]]:
    grouped = table.groupby(table["employee_id"].str[-3:])[column]
    return {person: set(values) for person, values in grouped}


def test_its_best_plan_is_the_one_derived_by_hand() -> None:
    """README, "The best plan": the mandate and the lock stand, then free seats, fees, one class; nobody else sits."""
    assert by_person(plan().enrolments, "session_id") == SEATS


def test_its_value_is_the_sum_derived_by_hand_and_proved_best() -> None:
    """3.15 + 2.1 + 5.0 + 3.5 + 2.1 + 2.8 + 2.7 for seven people, 5 x 20 JP at 0.01: 22.35; the bound meets it."""
    assert abs(plan().allocation.value - 22.35) < 1e-9
    assert plan().allocation.bound is not None
    assert abs(plan().allocation.bound - 22.35) < 1e-6
    assert plan().allocation.status == "optimal"


def test_its_money_is_spent_as_derived() -> None:
    """Fees 5 + 2 x 2 + 1 + 0.5 million, travel 1 + 3 million, in-house 5 million + 2 x 100,000: 19.7 of 20."""
    used = plan().budgets.set_index("budget_id")["used"].to_dict()
    assert used == {
        "BEASISWA": 0,
        "KURSUS": 10_500_000,
        "KURSUS-DINKES": 2_500_000,
        "PERJALANAN": 4_000_000,
        "PERJALANAN-DINKES": 1_000_000,
        "SEMUA": 19_700_000,
        "SWAKELOLA": 5_200_000,
    }


def test_its_needs_are_those_of_the_page() -> None:
    """README, "Needs": sixteen gaps assessed, one expected of 005 in M.3 at half weight, one stale; none of 001."""
    gaps = plan().gaps.assign(person=plan().gaps["employee_id"].str[-3:])
    assert "001" not in set(gaps["person"])
    needs = gaps[gaps["purpose"] == "current"].set_index(["person", "competency_id"])
    assert needs["gap"].astype(int).to_dict() == {
        ("002", "T.2"): 1,
        ("003", "M.3"): 1,
        ("003", "T.1"): 1,
        ("004", "M.1"): 1,
        ("004", "T.1"): 1,
        ("005", "M.3"): 1,
        ("005", "T.1"): 2,
        ("005", "T.2"): 1,
        ("006", "M.1"): 1,
        ("006", "SK.1"): 1,
        ("007", "M.1"): 1,
        ("007", "T.1"): 1,
        ("008", "SK.1"): 1,
        ("008", "T.1"): 1,
    }
    later = gaps[gaps["purpose"] == "next"].set_index(["person", "competency_id"])
    assert later["gap"].astype(int).to_dict() == {("002", "M.1"): 1, ("002", "M.3"): 1, ("002", "T.2"): 2}
    assert later["weight"].tolist() == [1.5, 1.0, 1.5]
    expected = needs[needs["basis"] == "expected"]
    assert expected[["level", "weight", "peers"]].to_numpy().tolist() == [[2, 1.0, 1]]
    assert needs.index[needs["stale"]].tolist() == [("006", "SK.1")]


def test_its_special_cases_end_as_told() -> None:
    """The class without money is closed, the cancelled one cancelled, the mandate granted; the JP ceiling holds."""
    status = plan().sessions.set_index("session_id")["status"]
    assert status["S-LOKAKARYA"] == "closed"
    assert status["S-DATA-3"] == "cancelled"
    granted = plan().mandates.set_index("mandate_id")["status"]
    assert granted["W1"] == "granted"
    waiting = plan().waiting.assign(person=plan().waiting["employee_id"].str[-3:]).set_index("person")
    assert waiting.loc["006", "session_id"] == "S-SEMINAR"
    assert "jp[…006]" in waiting.loc["006", "limits"]
    assert waiting.loc["003", "session_id"] == "S-LOKAKARYA"
    assert "min_seats[S-LOKAKARYA]" in waiting.loc["003", "limits"]
    assert "budget[SWAKELOLA]" in waiting.loc["003", "limits"]


def test_its_page_names_only_sessions_and_lines_that_exist() -> None:
    """A page that speaks of what the tables lack has been left behind by a change."""
    page = FOLDER.joinpath("README.md").read_text(encoding="utf-8")
    data = kr.load(FOLDER)
    assert set(re.findall(r"\bS-[A-Z][A-Z0-9-]*", page)) == set(data["sessions"]["session_id"])
    assert {line for line in data["budgets"]["budget_id"] if line in page} >= {"KURSUS", "SWAKELOLA", "BEASISWA"}
