"""Ids that were spoilt, taken for another, or look like another: each kind planted, each with a near miss."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karier_reco.checking import Found, problem_text
from karier_reco.checking.cells import read_cells
from karier_reco.checking.keys import check_keys
from karier_reco.checking.nip import defect, misread, other_number
from karier_reco.checking.source import Cells, Source
from karier_reco.checking.twins import as_said, as_seen
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError, Problem
from karier_reco.settings import Settings
from tests.cities import NIPS, city, frames

NIP = "208703122110011005"
OTHERS = ["208703122110011006", "208712302110012007"]
FULL_WIDTH, ARABIC = ({48 + digit: start + digit for digit in range(10)} for start in (0xFF10, 0x0660))


def problems(**tables: pd.DataFrame) -> tuple[Problem, ...]:
    """The problems of the small city with some tables replaced."""
    try:
        return city(**tables).problems
    except DataError as error:
        return error.problems


def found(ids: Sequence[str], **columns: Any) -> list[tuple[str, str, int]]:
    """Severity, kind and row of every problem of a table of employees with these ids; nothing else refers to them."""
    given_frames = frames()
    employees = pd.DataFrame(
        {"employee_id": ids, "role_id": "CLERK", "unit_id": "BKD", "employment": "PNS"} | columns, dtype="str"
    )
    kept = {"units", "roles", "competencies", "standards", "courses", "budgets"}
    tables = {name: frame for name, frame in given_frames.items() if name in kept | {"outcomes", "sessions"}}
    tables |= {"employees": employees, "assessments": given_frames["assessments"].head(0)}
    try:
        seen = Dataset.from_frames(tables, Settings(synthetic=True)).problems
    except DataError as error:
        seen = error.problems
    return [(p.severity, p.kind, int(p.place.split("[")[1].split("]")[0])) for p in seen if p.table == "employees"]


def test_the_city_by_hand_is_clean() -> None:
    """Else the faults below would prove nothing."""
    assert city().problems == ()
    assert found([NIP, *OTHERS]) == []


WRITTEN = [
    ("2.08703122110011E+17", "nip_scientific"),
    ("2,08703E+17", "nip_scientific"),
    ("2.08703122110011e+17", "nip_scientific"),
    ("2E+17", "nip_scientific"),
    ("208703122110011000.0", "nip_float"),
    ("208703122110011000,00", "nip_float"),
    ("208703122110011000", "nip_rounded"),
    ("208.703.122.110.011.000", "nip_rounded"),
    ("'208703122110011000", "nip_rounded"),
    ("208.703.122.110.011.005", "nip_characters"),
    ("20870312 211001 1 005", "nip_spaces"),
    ("20870312\u00a0211001\u00a01\u00a0005", "nip_invisible"),
    ("20870312\u202f211001 1 005", "nip_invisible"),
    ("\ufeff" + NIP, "nip_invisible"),
    (NIP[:8] + "\u200b" + NIP[8:], "nip_invisible"),
    ("'" + NIP, "nip_apostrophe"),
    ("\u2019" + NIP, "nip_apostrophe"),
    (NIP.translate(FULL_WIDTH), "nip_digits"),
    (NIP.translate(ARABIC), "nip_digits"),
    (NIP.replace("0", "O"), "nip_letters"),
    (NIP.replace("1", "l", 2), "nip_letters"),
    (NIP[:-1], "nip_length"),
    (NIP + "5", "nip_length"),
]


@pytest.mark.parametrize(("number", "kind"), WRITTEN)
def test_a_nip_is_known_however_it_was_spoilt(number: str, kind: str) -> None:
    """Each way has its own remedy, so it has its own kind; no message holds more of the number than its end."""
    assert defect(number, synthetic=True) == kind
    employees = frames()["employees"].replace(NIPS["001"], number)
    seen = problems(employees=employees)
    assert [(p.severity, p.kind, p.row) for p in seen if p.table == "employees"] == [("error", kind, 0)]
    for problem in seen:
        for line in (problem.text, problem_text(problem, "id"), repr(problem)):
            assert not [part for part in ("211", "2O87", "\u0662\u0660", "\uff12\uff10") if part in line]


@pytest.mark.parametrize(
    "plain", ["1E5", "E+17", "12E+17", "2E17", "O0I", "K-1.2", "1.5", "2087 0312", "OOOIIIlllOOOIIIlll"]
)
def test_ids_that_only_resemble_a_spoilt_number_pass(plain: str) -> None:
    """Codes with an E, an O or a dot in them are codes: eighteen letters O and I are no birth date."""
    assert misread(plain) is None
    assert defect(plain) is None


@given(st.text(st.characters(), max_size=25))
def test_no_text_breaks_the_forensics(text: str) -> None:
    """Whatever stands in the cell, the answer is a kind or none, and the texts as seen stay as many as there were."""
    assert misread(text) is None or misread(text).startswith("nip_")  # type: ignore[union-attr]
    assert len(as_seen([text, "a", text])) == 3
    assert len(as_said(as_seen([text, "a", text]))) == 3
    assert as_seen([text, "a", text])[0] == as_seen([text])[0]


def test_two_people_who_became_one_name_each_other() -> None:
    """Fifteen digits are left of rows 0, 1 and 2, and they are those of the good row 3: each destroyed row names the
    other three, the good row is no problem. Row 4 has lost its digits alone.
    """
    ids = ["2.08703122110011E+17", "208703122110011000", "208703122110011000.0", NIP, "208712302110012000"]
    seen = found(ids)
    assert [(kind, row) for _, kind, row in seen] == [
        ("nip_scientific", 0),
        ("nip_merged", 0),
        ("nip_rounded", 1),
        ("nip_merged", 1),
        ("nip_float", 2),
        ("nip_merged", 2),
        ("nip_rounded", 4),
    ]
    employees = frames()["employees"].head(5).assign(employee_id=ids)
    texts = [p.text for p in problems(employees=employees) if p.kind == "nip_merged"]
    assert [text.split("those of row ")[1].split(";")[0] for text in texts] == ["1, 2, 3", "0, 2, 3", "0, 1, 3"]
    assert all("may be different people: do not merge them" in text for text in texts)


def test_short_scientific_numbers_are_one_only_with_their_like() -> None:
    """Six digits are left of 1,98703E+17 and 1.98703E+17: anybody of that month, so only the two are named."""
    assert found(["1,98703E+17", "1.98703E+17", "1.98704E+17", OTHERS[1]]) == [
        ("error", "nip_scientific", 0),
        ("error", "nip_merged", 0),
        ("error", "nip_scientific", 1),
        ("error", "nip_merged", 1),
        ("error", "nip_scientific", 2),
    ]


def test_numbers_of_a_frame_that_became_one_are_named_too() -> None:
    """In a column of objects a float has lost the digits; beside the good NIP it names that row."""
    employees = frames()["employees"].head(2).astype({"employee_id": object})
    employees["employee_id"] = pd.Series([NIP, float(NIP)], dtype=object)
    employees["gender"] = "L"
    kinds = [(p.kind, p.row) for p in problems(employees=employees) if p.table == "employees"]
    assert kinds == [("id_number", 1), ("nip_merged", 1)]


def test_a_destroyed_reference_is_named_as_such() -> None:
    """To add the row that '…+17' refers to would be the wrong remedy; a reference to a whole NIP that is absent is."""
    history = frames()["history"].head(3)
    history["employee_id"] = ["2.08701E+17", "208701012110012000", "208701012110012999"]
    kinds = [(p.kind, p.row) for p in problems(history=history) if p.table == "history"]
    assert kinds == [("nip_scientific", 0), ("nip_rounded", 1), ("dangling", 2)]


@pytest.mark.parametrize(
    ("number", "severity", "kind"),
    [
        ("130123456", "warning", "nip_old"),
        ("2172015203870001", "error", "nip_nik"),
        ("2101011201870001", "error", "nip_nik"),
    ],
)
def test_another_number_in_place_of_the_nip(number: str, severity: str, kind: str) -> None:
    """Nine digits are a NIP of before 2008, sixteen with a birth date (women 40 days later) are an identity card.

    They are so among NIPs only: where nobody has a NIP, the agency numbers its people as it likes.
    """
    assert found([number, NIP, OTHERS[1]]) == [(severity, kind, 0)]
    assert found([number, "E1", "E2", NIP]) == []
    assert found([number, number[:-1] + "7"]) == []


@pytest.mark.parametrize(
    "number", ["2172015213870001", "2172010003870001", "12345678", "0123456789", "1987031221100110"]
)
def test_other_numbers_are_nobodys(number: str) -> None:
    """Month 13, day 0, eight digits, ten digits, and a NIP that lost two digits: no identity card, no old NIP."""
    assert other_number(number) is None


@pytest.mark.parametrize(
    ("employment", "nip", "appointed", "warns"),
    [
        ("PNS", NIP, "2110-01-15", False),
        ("PNS", NIP, "2110-02-01", True),
        ("PNS", NIP, "2111-01-01", True),
        ("PNS", NIP, "", False),
        ("PPPK", "208703122110211005", "2110-06-01", False),
        ("PPPK", "208703122110211005", "2111-03-01", False),
        ("PPPK", "208703122110211005", "2109-12-01", True),
        ("PPPK", "208703122110211005", "2112-01-01", True),
    ],
)
def test_the_appointment_agrees_with_the_number(employment: str, nip: str, appointed: str, warns: bool) -> None:
    """Digits 9-14 are year and month. For PPPK digits 13-14 are no month, and they start in that year or the next."""
    seen = found([nip, OTHERS[1]], employment=[employment, "PNS"], appointed_on=[appointed, ""])
    assert [kind for _, kind, _ in seen if kind != "nip_month_pppk"] == ["nip_appointed"] * warns
    assert {severity for severity, _, _ in seen} <= {"warning"}


TWINS = [
    ("Dinas", "DINAS", "warning", "id_twin"),
    ("DINAS A", "DINASA", "warning", "id_twin"),
    ("DINAS A", "DINAS  A", "error", "id_twin_unseen"),
    ("DINAS A", "DINAS\u00a0A", "error", "id_twin_unseen"),
    ("DINAS", "DI\u200bNAS", "error", "id_twin_unseen"),
    ("DINAS", "DINAS\ufeff", "error", "id_twin_unseen"),
    ("Café", unicodedata.normalize("NFD", "Café"), "error", "id_twin_unseen"),
    ("U1", "\uff35\uff11", "error", "id_twin_unseen"),
]


@pytest.mark.parametrize(("one", "other", "severity", "kind"), TWINS)
def test_twins_show_at_both_rows_of_every_table(one: str, other: str, severity: str, kind: str) -> None:
    """Case can be seen: a warning, and both ids are used. What nobody can see is an error. Each names the other row."""
    spoilt, expected = {}, []
    for table in ("units", "roles", "competencies", "courses", "sessions", "budgets"):
        frame = frames()[table]
        twins = frame.iloc[[0, 0]].assign(**{frame.columns[0]: [one, other]})
        if table == "courses":
            twins["title"] = ["Satu", "Dua"]
        spoilt[table] = pd.concat([frame, twins], ignore_index=True)
        n = len(frame)
        expected += [(table, severity, kind, n, f"row {n + 1} only"), (table, severity, kind, n + 1, f"row {n} only")]
    seen = [p for p in problems(**spoilt) if p.kind.startswith("id_twin")]
    assert [(p.table, p.severity, p.kind, p.row) for p in seen] == [row[:-1] for row in expected]
    assert all(row[-1] in p.text for p, row in zip(seen, expected, strict=True))


def test_ids_that_differ_for_the_eye_are_no_twins() -> None:
    """A hyphen, a digit, an accent, a letter O for a zero: people see them."""
    ids = ["U-1", "U1", "U2", "Ú1", "UO", "U0", "U.1"]
    rows = pd.DataFrame({"unit_id": ids, "name": "x", "parent_id": ""})
    assert problems(units=pd.concat([frames()["units"], rows], ignore_index=True)) == ()


def test_three_ways_of_one_id_are_told_apart() -> None:
    """E2 and e2 differ in case, E2 and E\u200b2 in nothing seen: each row names the others by how they differ."""
    assert found(["E2", "e2", "E\u200b2"]) == [
        ("error", "id_twin_unseen", 0),
        ("warning", "id_twin", 0),
        ("warning", "id_twin", 1),
        ("error", "id_twin_unseen", 2),
        ("warning", "id_twin", 2),
    ]


def test_a_space_around_an_id_does_not_hide_its_twin() -> None:
    """'BKD ' is refused for its space; once that is mended it would be the second BKD, so both rows are named now."""
    rows = pd.DataFrame({"unit_id": ["BKD "], "name": "x", "parent_id": ""})
    seen = problems(units=pd.concat([frames()["units"], rows], ignore_index=True))
    assert [(p.kind, p.row) for p in seen if p.table == "units"] == [
        ("id_twin_unseen", 3),
        ("id_spaces", 4),
        ("id_twin_unseen", 4),
    ]


@pytest.mark.parametrize("mark", ["\t", "\n", "\x00", "\x1f", "\x7f", "\x85"])
def test_a_control_character_inside_an_id_is_an_error(mark: str) -> None:
    """Files, databases and screens disagree on what such an id is; the same characters in a name are harmless."""
    rows = pd.DataFrame({"unit_id": [f"U{mark}9", "U9"], "name": f"a{mark}b", "parent_id": ""})
    seen = problems(units=pd.concat([frames()["units"], rows.head(1)], ignore_index=True))
    assert [(p.severity, p.kind, p.row, p.column) for p in seen] == [("error", "id_control", 4, "unit_id")]
    assert problems(units=pd.concat([frames()["units"], rows.tail(1)], ignore_index=True)) == ()


@pytest.mark.parametrize(
    ("table", "column", "value", "says"),
    [
        ("standards", "role_id", "clerk", "Did you mean 'CLERK'?"),
        ("standards", "role_id", "CL ERK", "Did you mean 'CLERK'?"),
        (
            "standards",
            "role_id",
            "CLERK\u200b",
            "Did you mean 'CLERK', which differs only in characters that cannot be",
        ),
        ("standards", "role_id", "CLERK\x07", "Did you mean 'CLERK', which differs only in characters that cannot"),
        ("units", "parent_id", "\uff2b\uff2f\uff34\uff21", "Did you mean 'KOTA', which differs only in characters"),
        ("history", "employee_id", NIPS["001"].translate(FULL_WIDTH), "Did you mean that of employees row 0? Copy it"),
        ("history", "employee_id", "20870101 211001 2 001", "Did you mean that of employees row 0? Copy it"),
    ],
)
def test_a_reference_to_a_twin_says_which(table: str, column: str, value: str, says: str) -> None:
    """What is equal but for case, spaces or Unicode form goes before what is close; a person is named by the row."""
    frame = frames()[table]
    frame.loc[frame.index[-1], column] = value
    seen = [p for p in problems(**{table: frame}) if p.table == table]
    assert [(p.kind, p.row) for p in seen] == [("dangling", frame.index[-1])]
    assert says in seen[0].text
    assert "208701" not in seen[0].text


def test_the_twin_goes_before_the_closest() -> None:
    """'clerk' is nearer to 'clark' letter by letter, and is CLERK all the same."""
    roles = pd.concat([frames()["roles"], frames()["roles"].head(1).assign(role_id="clark")], ignore_index=True)
    standards = frames()["standards"]
    standards.loc[0, "role_id"] = "clerk"
    (problem,) = problems(roles=roles, standards=standards)
    assert "Did you mean 'CLERK'?" in problem.text


def test_a_thousand_twins_of_one_id_are_named_in_short() -> None:
    """The list of other rows is cut after twelve, and made once for each text, not once for each row."""
    seen = [p for p in _problems_of(["U1"] + ["u1"] * 1_000) if p.kind == "id_twin"]
    assert len(seen) == 1_001
    assert seen[0].text.count(",") < 20
    assert "…" in seen[0].text


@given(
    st.lists(
        st.text(st.sampled_from("aA1 \u00a0\u200b\uff21e\u0301é"), min_size=1, max_size=4), max_size=6, unique=True
    )
)
def test_twins_are_found_as_two_loops_find_them(ids: list[str]) -> None:
    """Pair by pair: one Unicode form, no width, one space between words; then no case and no space."""

    def sight(text: str) -> str:
        return " ".join("".join(c for c in unicodedata.normalize("NFKC", text) if c != "\u200b").split())

    def sound(text: str) -> str:
        return sight(text).casefold().replace(" ", "")

    expected = set()
    for i, one in enumerate(ids):
        for other in ids[:i] + ids[i + 1 :]:
            if sound(one) == sound(other) != "":
                expected.add((i, "id_twin_unseen" if sight(one) == sight(other) else "id_twin"))
    assert {(p.row, p.kind) for p in _problems_of(ids) if p.kind.startswith("id_twin")} == expected


def _problems_of(ids: list[str]) -> tuple[Problem, ...]:
    source = Source(
        "units", "units.csv", {"unit_id": Cells.of(ids), "name": Cells.of(["x"] * len(ids))}, list(range(len(ids)))
    )
    seen = Found()
    check_keys(read_cells(source, Settings(), seen), seen)
    return seen.problems


def test_twins_of_many_ids_take_no_loop() -> None:
    """Two hundred thousand ids are compared as text at once: the one pair is found, whatever stands between."""
    ids = [f"UNIT-{number:06d}" for number in np.arange(200_000)] + ["unit-000007"]
    assert [(p.kind, p.row) for p in _problems_of(ids)] == [("id_twin", 7), ("id_twin", 200_000)]
