"""What a seat says of itself, on the tiny example."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import karier_reco as kr

AS_OF = date(2026, 12, 31)


def candidates(data: kr.Dataset) -> pd.DataFrame:
    gaps = kr.find_gaps(data, AS_OF)
    listed = kr.CourseRecommender().fit(data).recommend(gaps, data, AS_OF)
    return kr.appraise(listed, gaps, data, 2027, AS_OF)[0].set_index(["employee_id", "session_id"])


@pytest.mark.parametrize("order", [["D8", "D9"], ["D9", "D8"]])
def test_of_two_locks_of_a_seat_the_first_id_gives_the_reason(order: list[str]) -> None:
    """D8 and D9 lock the same seat: whatever the order of the rows, the reason is that of D8."""
    data = kr.load_example()
    who = "208408172109012003"
    locks = pd.DataFrame(
        {
            "decision_id": order,
            "employee_id": who,
            "session_id": "S-LANJUT",
            "decision": "lock",
            "reason": [f"alasan {name}" for name in order],
        }
    )
    decided = data.with_tables(decisions=pd.concat([data.decisions, locks], ignore_index=True))
    seat = candidates(decided).loc[(who, "S-LANJUT")]
    assert (seat["origin"], seat["reason"]) == ("lock", "Keputusan: alasan D8")


def test_a_lock_marks_its_own_seat_only() -> None:
    """007 is locked into S-DATA-1; the other session of the course stays a recommendation with its step."""
    found = candidates(kr.load_example())
    who = "209710142120022007"
    assert found.loc[(who, "S-DATA-1"), "origin"] == "lock"
    assert found.loc[(who, "S-DATA-2"), "origin"] == "recommended"
    assert found.loc[(who, "S-DATA-2"), "reason"] == "Pengolahan Data: naik dari level 1 ke 2"


def test_a_seat_that_only_a_lock_suggests_is_the_only_one_of_its_course() -> None:
    """001 lacks nothing: a lock into S-DATA-2 makes that candidate, worth 0, and none for S-DATA-1."""
    data = kr.load_example()
    who = data.employees.loc[data.employees["employee_id"].str.endswith("001"), "employee_id"].item()
    lock = pd.DataFrame(
        [("D7", who, "S-DATA-2", "lock", "x")],
        columns=["decision_id", "employee_id", "session_id", "decision", "reason"],
    )
    found = candidates(data.with_tables(decisions=pd.concat([data.decisions, lock], ignore_index=True)))
    assert list(found.loc[[who]].index) == [(who, "S-DATA-2")]
    assert found.loc[(who, "S-DATA-2"), "value"] == 0.0
