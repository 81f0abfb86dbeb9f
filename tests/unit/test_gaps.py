"""Gaps and job-person match of a few people, worked out by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from karier_reco.dataset import Dataset
from karier_reco.gaps import find_gaps, job_match
from karier_reco.settings import Settings

AS_OF = date(2026, 12, 31)
KEY = ["employee_id", "competency_id", "purpose"]


def city(assessments: list[tuple[str, str, str, int]], settings: Settings | None = None) -> Dataset:
    """Three analysts and a head: the analyst needs A 3 and B 4 (A is a must), the head B 5; P1 is to become head."""
    frames = {
        "units": pd.DataFrame({"unit_id": ["U"], "name": ["Unit"]}),
        "roles": pd.DataFrame(
            {
                "role_id": ["ANALYST", "HEAD"],
                "title": ["Analis", "Kepala"],
                "tier": ["jf_ahli_muda", "administrator"],
                "criticality": [1.0, 2.0],
            }
        ),
        "employees": pd.DataFrame(
            {
                "employee_id": ["P1", "P2", "P3", "P4"],
                "role_id": ["ANALYST", "ANALYST", "ANALYST", "HEAD"],
                "unit_id": ["U"] * 4,
                "employment": ["PNS"] * 4,
                "next_role_id": ["HEAD", "", "", ""],
            }
        ),
        "competencies": pd.DataFrame(
            {"competency_id": ["A", "B"], "name": ["a", "b"], "kind": ["technical"] * 2, "priority": [1.0, 1.5]}
        ),
        "standards": pd.DataFrame(
            {
                "role_id": ["ANALYST", "ANALYST", "HEAD"],
                "competency_id": ["A", "B", "B"],
                "level": [3, 4, 5],
                "importance": [1, 2, 3],
            }
        ),
        "assessments": pd.DataFrame(assessments, columns=["employee_id", "competency_id", "assessed_on", "level"]),
        "courses": pd.DataFrame(
            {"course_id": ["C"], "title": ["c"], "form": ["course"], "jp": [8], "provider": ["x"], "fee": [0]}
        ),
        "budgets": pd.DataFrame({"budget_id": ["ALL"], "account": ["any"], "amount": [1]}),
    }
    return Dataset.from_frames(frames, settings)


ASSESSED = [
    ("P1", "A", "2022-05-01", 0),
    ("P1", "A", "2023-05-01", 1),
    ("P2", "A", "2026-05-01", 2),
    ("P2", "B", "2026-05-01", 4),
    ("P3", "B", "2026-05-01", 1),
    ("P1", "A", "2027-02-01", 3),
]


def test_gaps_by_hand() -> None:
    """The newest assessment up to the day counts; unknown levels are assumed from assessed peers, rounded half up.

    P1 lacks 2 in A (level 1 of 2023: stale; that of 2027 is not known yet). B of P1: the analysts P2 and P3 lack 0
    and 3, on average 1.5, so 2 are expected: level 2 of 4, at half weight; for the role of head the same level 2
    leaves 3 of 5. A of P3: P1 and P2 lack 2 and 1, on average 1.5, so 2 are expected. P2 lacks 1 in A, nothing in B.
    B of P4: nobody of the role or tier was assessed, so it stays unknown. Weights: A 3 x 1 x 1; B 2 x 1.5 = 3; as
    head 1 x 2 x 1.5 x 0.5 = 1.5.
    """
    gaps = find_gaps(city(ASSESSED), AS_OF).set_index(KEY)
    shown = gaps[["level", "gap", "weight", "basis", "peers", "stale"]].astype(object)
    expected = {
        ("P1", "A", "current"): (1, 2, 3.0, "assessed", 0, True),
        ("P1", "B", "current"): (2, 2, 1.5, "expected", 2, False),
        ("P1", "B", "next"): (2, 3, 0.75, "expected", 2, False),
        ("P2", "A", "current"): (2, 1, 3.0, "assessed", 0, False),
        ("P3", "A", "current"): (1, 2, 1.5, "expected", 2, False),
        ("P3", "B", "current"): (1, 3, 3.0, "assessed", 0, False),
        ("P4", "B", "current"): (None, None, 3.0, "unknown", 0, False),
    }
    assert list(shown.index) == list(expected)
    for key, row in expected.items():
        assert tuple(None if value is pd.NA else value for value in shown.loc[key]) == row, key


def test_without_assumptions_the_unknown_is_only_listed() -> None:
    """With ``unassessed = none`` a missing assessment is no need, and still stands in the list to be assessed."""
    gaps = find_gaps(city(ASSESSED, Settings(unassessed="none")), AS_OF)
    unknown = gaps[gaps["basis"] == "unknown"]
    assert len(unknown) == 4
    assert unknown["gap"].isna().all()
    assert not (gaps["basis"] == "expected").any()


def test_people_left_out_by_the_settings_have_no_gaps_but_are_peers_of_nobody() -> None:
    """``exclude`` takes people out of the plan: out of the gaps and out of the means of others."""
    gaps = find_gaps(city(ASSESSED, Settings(exclude={"employee_id": ("P3",)})), AS_OF)
    assert "P3" not in set(gaps["employee_id"])
    b = gaps[(gaps["employee_id"] == "P1") & (gaps["competency_id"] == "B") & (gaps["purpose"] == "current")].iloc[0]
    assert (b["peers"], b["gap"]) == (1, 0)


def test_job_match_by_hand() -> None:
    """P2: (2 + 4) / (3 + 4) = 85.7 %, MS and CO. P3: 1 / 4 = 25 %, KMS and KO. P4 was not assessed: no band at all.

    P1 has 1 of 3 in A: 33.3 %. The unit: (1 + 2 + 4 + 1) / (3 + 3 + 4 + 4) = 8 / 14 = 57.1 %.
    """
    match = job_match(city(ASSESSED), "employee", AS_OF).set_index("employee_id")
    assert match["jpm"].tolist() == pytest.approx([100 / 3, 600 / 7, 25.0, float("nan")], nan_ok=True)
    assert match["selection"].tolist() == ["KMS", "MS", "KMS", ""]
    assert match["mapping"].tolist() == ["KO", "CO", "KO", ""]
    assert match["required"].tolist() == [2, 2, 2, 1]
    assert match["assessed"].tolist() == [1, 2, 1, 0]
    unit = job_match(city(ASSESSED), "unit", AS_OF)
    assert unit["jpm"].tolist() == pytest.approx([800 / 14])


def test_a_high_level_hides_a_gap_in_jpm_and_not_in_share_met() -> None:
    """Levels 5 and 2 for standards 3 and 4: JPM is 7 / 7 = 100 %, while 3 + 2 of 7 levels are met, 71.4 %."""
    match = job_match(city([("P2", "A", "2026-01-01", 5), ("P2", "B", "2026-01-01", 2)]), "employee", AS_OF)
    row = match[match["employee_id"] == "P2"].iloc[0]
    assert (row["jpm"], row["share_met"]) == (pytest.approx(100.0), pytest.approx(500 / 7))
    assert (row["selection"], row["mapping"]) == ("MS", "O")


@pytest.mark.parametrize(("levels", "band"), [((3, 4), "MS"), ((2, 3), "MMS"), ((1, 3), "KMS")])
def test_lower_bounds_belong_to_the_band(levels: tuple[int, int], band: str) -> None:
    """7 / 7 = 100 % is MS; 5 / 7 = 71.4 % is MMS, from 68 on; 4 / 7 = 57 % is KMS."""
    rows = [("P2", "A", "2026-01-01", levels[0]), ("P2", "B", "2026-01-01", levels[1])]
    match = job_match(city(rows), "employee", AS_OF).set_index("employee_id")
    assert match.loc["P2", "selection"] == band
