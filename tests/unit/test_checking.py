"""Every kind of problem: what makes it, where it is, what it says."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karier_reco.checking.cells import Fault, read_text
from karier_reco.checking.found import near, problem_text, shown
from karier_reco.checking.nip import defect
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError, Problem
from karier_reco.settings import Settings
from karier_reco.tables import TABLES, Column
from karier_reco.texts import LANGUAGES, catalogue, names_in

GOOD_NIP = "208703122110011005"


def good() -> dict[str, pd.DataFrame]:
    """A set without a fault: two people, two units, one dated session."""
    rows: dict[str, dict[str, list[Any]]] = {
        "employees": {
            "employee_id": [GOOD_NIP, "E2"],
            "role_id": ["ANALYST", "DRIVER"],
            "unit_id": ["U1", "U2"],
            "employment": ["PNS", "PPPK"],
            "gender": ["L", ""],
            "birth_date": ["2087-03-12", ""],
        },
        "units": {"unit_id": ["U1", "U2"], "name": ["Dinas", "Bidang"], "parent_id": ["", "U1"]},
        "roles": {"role_id": ["ANALYST", "DRIVER"], "title": ["Analis", "Pengemudi"], "tier": ["pelaksana"] * 2},
        "competencies": {"competency_id": ["M.1"], "name": ["Integritas"], "kind": ["managerial"], "priority": [1.5]},
        "standards": {"role_id": ["ANALYST"], "competency_id": ["M.1"], "level": [3]},
        "assessments": {"employee_id": ["E2"], "competency_id": ["M.1"], "assessed_on": ["2026-01-02"], "level": [1]},
        "courses": {
            "course_id": ["C1", "C2"],
            "title": ["Satu", "Dua"],
            "form": ["course", "workshop"],
            "jp": ["20", ""],
            "provider": ["LAN", "LAN"],
            "fee": ["", ""],
        },
        "outcomes": {
            "course_id": ["C1"],
            "competency_id": ["M.1"],
            "entry_level": [1],
            "exit_level": [2],
            "source": ["given"],
        },
        "sessions": {
            "session_id": ["S1"],
            "course_id": ["C1"],
            "starts_on": ["2027-03-01"],
            "ends_on": ["2027-03-02"],
            "place": ["Batam"],
            "min_seats": [2],
            "max_seats": [20],
            "fee": [1_000_000],
            "travel": [0],
            "opening_cost": [0],
        },
        "budgets": {"budget_id": ["B1"], "account": ["any"], "amount": [10_000_000]},
        "history": {
            "employee_id": ["E2"],
            "course_id": ["C2"],
            "finished_on": ["2025-05-05"],
            "jp": [10],
            "passed": ["ya"],
        },
        "effectiveness": {"course_id": ["C1"], "effectiveness": [0.6], "low": [0.5], "high": [0.7], "people": [9]},
        "prerequisites": {"course_id": ["C2"], "requires_id": ["C1"]},
        "mandates": {
            "mandate_id": ["W1"],
            "course_id": ["C1"],
            "tier": ["pelaksana"],
            "importance": [1],
            "reason": ["x"],
        },
        "decisions": {
            "decision_id": ["D1"],
            "employee_id": ["E2"],
            "session_id": ["S1"],
            "decision": ["lock"],
            "reason": ["x"],
        },
    }
    return {name: pd.DataFrame(columns) for name, columns in rows.items()}


SYNTHETIC = Settings(synthetic=True)


def problems(frames: Mapping[str, pd.DataFrame], settings: Settings = SYNTHETIC) -> tuple[Problem, ...]:
    try:
        return Dataset.from_frames(frames, settings).problems
    except DataError as error:
        return error.problems


def test_the_good_set_has_no_problem() -> None:
    """Else the faults below would prove nothing."""
    assert problems(good()) == ()


# table, column, row, value, kind, part of the English text after "got"
CELLS = [
    ("units", "unit_id", 1, "  ", "empty", "'  '; expected a value. Fill in the cell."),
    ("units", "name", 1, "", "empty", "''; expected a value. Fill in the cell."),
    ("units", "name", 1, "a\udce9", "not_unicode", r"'a\udce9', a broken character; expected Unicode text."),
    ("units", "parent_id", 1, "U1 ", "id_spaces", "'U1 ' with spaces around it; expected an id without them."),
    ("standards", "level", 0, "3.0", "not_integer", "'3.0'; expected a whole number without decimals or thousands"),
    ("standards", "level", 0, "3\x1f", "not_integer", "expected a whole number"),
    ("standards", "level", 0, "three", "not_integer", "'three'; expected a whole number"),
    ("standards", "level", 0, "6", "out_of_bounds", "'6'; expected a whole number from 1 to 5."),
    ("standards", "level", 0, 0, "out_of_bounds", "'0'; expected a whole number from 1 to 5."),
    ("assessments", "level", 0, "-1", "out_of_bounds", "'-1'; expected a whole number from 0 to 5."),
    ("budgets", "amount", 0, "10.000.000", "not_integer", "thousands separators. Write 10000000."),
    ("budgets", "amount", 0, "-1", "out_of_bounds", "'-1'; expected a whole number from 0 to 1000000000000000."),
    ("budgets", "amount", 0, "9" * 400, "too_long", "expected a whole number of at most 18 digits."),
    ("competencies", "priority", 0, "1,5", "not_number", "'1,5'; expected a number with a decimal point. Write 1.5."),
    ("competencies", "priority", 0, "nan", "not_number", "'nan'; expected a number"),
    ("competencies", "priority", 0, "1e999", "not_number", "'1e999'; expected a number"),
    ("competencies", "priority", 0, "-0.5", "number_out_of_bounds", "'-0.5'; expected a number from 0 to 100."),
    ("assessments", "assessed_on", 0, "2026-02-30", "date_impossible", "'2026-02-30', a date that does not exist"),
    ("assessments", "assessed_on", 0, "31/12/2025", "date_form", "year-month-day. Write 2025-12-31."),
    ("assessments", "assessed_on", 0, "05/06/2025", "date_two_ways", "reads as 2025-05-06 or as 2025-06-05; expected"),
    ("budgets", "amount", 0, "1.500", "number_two_ways", "'1.500', which reads as 1500 or as 1.5; expected"),
    ("assessments", "assessed_on", 0, "46023", "date_form", "Write year-month-day, such as 2026-12-31."),
    ("assessments", "assessed_on", 0, "2025-12-31 00:00:00", "date_form", "Write 2025-12-31."),
    ("history", "passed", 0, "mungkin", "not_flag", "'mungkin'; expected true, false, 1, 0, ya or tidak."),
    ("roles", "tier", 0, "Pelaksanna", "unknown_code", "Did you mean 'pelaksana'?"),
    ("employees", "gender", 0, "X", "unknown_code", "'X'; expected one of L, P. Correct the cell."),
    ("employees", "role_id", 1, "DRIVERS", "dangling", "expected a role_id of roles. Did you mean 'DRIVER'?"),
    ("employees", "unit_id", 1, "Q", "dangling", "'Q'; expected a unit_id of units. Correct the cell, or add the row"),
    ("assessments", "employee_id", 0, GOOD_NIP[:-1] + "6", "dangling", "'…006'; expected a employee_id of employees."),
    ("assessments", "employee_id", 0, int(GOOD_NIP), "id_number", "as a number; expected text. Numbers that long"),
    ("units", "unit_id", 1, date(2027, 2, 1), "id_date", "got the date '2027-02-01'; expected an id."),
    ("outcomes", "exit_level", 0, 1, "exit_not_above_entry", "'1'; expected a level above entry_level '1'."),
    ("sessions", "ends_on", 0, "2027-02-28", "ends_before_start", "expected a day on or after starts_on '2027-03-01'."),
    ("sessions", "min_seats", 0, 21, "min_above_max", "'21'; expected at most max_seats '20'."),
    ("effectiveness", "effectiveness", 0, 0.8, "effectiveness_outside", "from low '0.5' to high '0.7'."),
    ("mandates", "tier", 0, "", "mandate_for_nobody", "expected one of tier, role_id, employee_id."),
    ("decisions", "employee_id", 0, "", "seat_without_employee", "'' with decision 'lock'; expected an employee."),
    ("decisions", "decision", 0, "hold", "session_with_employee", "'…E2' with decision 'hold'; expected an empty cell"),
    ("courses", "jp", 0, "", "jp_missing", "'' with form 'course'; expected its JP"),
    ("prerequisites", "requires_id", 0, "C2", "prerequisites_itself", "'C2', the course itself"),
    ("units", "parent_id", 1, "U2", "units_itself", "'U2', the unit itself"),
    (
        "units",
        "parent_id",
        0,
        "U2",
        "units_circle",
        "'U2', which leads back to the unit; expected units without a circle",
    ),
    ("employees", "employee_id", 0, "1.98E+17", "nip_scientific", "'…+17', a number that a spreadsheet destroyed"),
    ("employees", "employee_id", 0, "208703122110011000.0", "nip_float", "'…0.0', a decimal number"),
    (
        "employees",
        "employee_id",
        0,
        "208703122110011000",
        "nip_rounded",
        "'…000', whose last digits a spreadsheet rounded",
    ),
    ("employees", "employee_id", 0, "20870312211001100", "nip_length", "'…100', not of 18 digits"),
    ("employees", "employee_id", 0, "2087031221100110055", "nip_length", "'…055', not of 18 digits"),
    ("employees", "employee_id", 0, "20870312-211001-1-005", "nip_characters", "'…005', with spaces, marks or special"),
    ("employees", "employee_id", 0, "208713122110011005", "nip_birth", "'…005', with a birth date (digits 1-8)"),
    ("employees", "employee_id", 0, "208703122110131005", "nip_month", "'…005', with a month of appointment"),
    ("employees", "employee_id", 0, "208703122095011005", "nip_age", "'…005', with an age at appointment"),
    ("employees", "employee_id", 0, "208703122110013005", "nip_gender_digit", "'…005', whose digit 15 is not 1 or 2"),
    ("employees", "gender", 0, "P", "nip_gender", "'P'; expected what digit 15 of the NIP says."),
    ("employees", "birth_date", 0, "2087-03-13", "nip_birth_date", "'2087-03-13'; expected what digits 1-8"),
    ("employees", "employee_id", 1, "208703122110211005", "nip_month_pppk", "'…005', whose digits 13-14 are no month"),
]


@pytest.mark.parametrize(("table", "column", "row", "value", "kind", "says"), CELLS)
def test_a_cell_that_cannot_be(table: str, column: str, row: int, value: object, kind: str, says: str) -> None:
    """One wrong cell gives its kind of problem, in its column's place, with value, rule and remedy."""
    frames = good()
    frames[table][column] = frames[table][column].astype(object)
    frames[table].loc[row, column] = value
    place = f"{table}[{row}]"
    found = [problem for problem in problems(frames) if problem.kind == kind and problem.place.startswith(f"{place}, ")]
    assert found, f"got {[str(problem) for problem in problems(frames)]}; expected {kind} at {place}"
    assert says in found[0].text


def _without(table: str) -> Callable[[dict[str, pd.DataFrame]], Any]:
    return lambda frames: frames.pop(table)


def _set(table: str, frame: Any) -> Callable[[dict[str, pd.DataFrame]], Any]:
    return lambda frames: frames.update({table: frame})


def _rename(table: str, old: str, new: str) -> Callable[[dict[str, pd.DataFrame]], Any]:
    return lambda frames: frames.update({table: frames[table].rename(columns={old: new})})


TABLE_FAULTS = [
    (_without("roles"), "missing_table", "roles: got nothing; expected the table roles. Add the table."),
    (_set("sesions", pd.DataFrame()), "ignored_table", "sesions: got no known table; expected one of employees, units"),
    (_set("roles", [1]), "not_a_frame", "roles: got list; expected a frame of pandas, polars, pyarrow or duckdb."),
    (
        _rename("roles", "title", "titel"),
        "missing_column",
        "roles: got no column 'title'; expected that column. Did you",
    ),
    (_rename("employees", "gender", "gendr"), "ignored_column", "employees: got column 'gendr'; expected only columns"),
    (
        _rename("employees", "gender", "NIP"),
        "two_headings",
        "employees: got 'employee_id', 'NIP', all of them names of",
    ),
    (
        lambda frames: frames.update({"Jabatan": frames["roles"]}),
        "two_tables",
        "roles: got 'roles', 'Jabatan', all of them names of the table roles; expected one.",
    ),
    (_rename("employees", "gender", "unit_id"), "duplicate_heading", "employees: got heading 'unit_id' more than once"),
]


@pytest.mark.parametrize(("spoil", "kind", "says"), TABLE_FAULTS)
def test_a_table_that_cannot_be(spoil: Callable[[dict[str, pd.DataFrame]], Any], kind: str, says: str) -> None:
    """A fault of a whole table is one problem, and nothing that refers to the table is reported beside it."""
    frames = good()
    spoil(frames)
    found = problems(frames)
    assert next(problem for problem in found if problem.kind == kind).text.startswith(says)
    assert not [problem for problem in found if problem.kind == "dangling"]


def test_without_sessions_a_course_needs_fee_and_jp() -> None:
    """Without sessions each course is one: nothing else tells the money, nor the days that JP come from."""
    frames = good()
    del frames["sessions"], frames["decisions"]
    kinds = {(problem.kind, problem.place) for problem in problems(frames)}
    assert {kind for kind in kinds if kind[0] != "refers_to_refused"} == {
        ("fee_missing", "courses[0], fee"),
        ("fee_missing", "courses[1], fee"),
        ("jp_without_days", "courses[1], jp"),
    }


@pytest.mark.parametrize(
    ("decision", "employee", "kind"),
    [("cancel", "", "decision_against_cancel"), ("forbid", "E2", "decision_both_ways")],
)
def test_decisions_that_contradict_show_at_both_rows(decision: str, employee: str, kind: str) -> None:
    """A lock in a cancelled session, or on a forbidden seat: a person must say which of the two stands."""
    frames = good()
    frames["decisions"].loc[1] = ["D2", employee, "S1", decision, "y"]
    assert [(problem.kind, problem.row) for problem in problems(frames)] == [(kind, 0), (kind, 1)]


def test_a_circle_of_prerequisites_shows_at_its_rows_only() -> None:
    """C1 -> C2 -> C1 is a circle; C3, which only leads into it, is not on it."""
    frames = good()
    frames["courses"].loc[2] = ["C3", "Tiga", "course", "20", "LAN", ""]
    frames["prerequisites"] = pd.DataFrame({"course_id": ["C1", "C2", "C3"], "requires_id": ["C2", "C1", "C1"]})
    found = problems(frames)
    assert [(problem.kind, problem.row) for problem in found] == [
        ("prerequisites_circle", 0),
        ("prerequisites_circle", 1),
    ]
    assert "(C1, C2)" in found[0].text


def test_a_duplicate_shows_at_every_row_and_names_the_others() -> None:
    """Three rows with one key: three problems, each with the two others; the fourth row has its own key."""
    frames = good()
    frames["standards"] = pd.DataFrame(
        {
            "role_id": ["ANALYST", "DRIVER", "ANALYST", "ANALYST"],
            "competency_id": ["M.1"] * 4,
            "level": [3, 3, 3, 4],
        },
        index=["a", "b", "c", "d"],
    )
    found = problems(frames)
    assert [problem.place for problem in found] == [f"standards[{label}], role_id" for label in "acd"]
    assert (
        "got 'ANALYST', 'M.1' more than once, also in row a, d; expected each role_id + competency_id" in found[1].text
    )


def test_rows_of_a_refused_row_are_one_line() -> None:
    """The driver's employment is wrong; his assessment, history and decision are not problems of their own."""
    frames = good()
    frames["employees"].loc[1, "employment"] = "PNSS"
    found = [problem for problem in problems(frames) if problem.kind == "refers_to_refused"]
    assert [problem.table for problem in found] == ["assessments", "history", "decisions"]
    assert found[0].text == (
        "assessments: got 1 row(s) that refer to refused rows of employees; expected none. Correct employees first."
    )


@pytest.mark.parametrize("destroyed", ["2.0870312211001E+17", "208703122110011000", "208703122110011000.0"])
def test_the_rows_of_a_destroyed_nip_are_one_line(destroyed: str) -> None:
    """The digits that the spreadsheet left name the person: the assessment is not a second problem."""
    frames = good()
    frames["assessments"]["employee_id"] = GOOD_NIP
    frames["employees"].loc[0, "employee_id"] = destroyed
    assert {problem.kind for problem in problems(frames)} & {"dangling", "refers_to_refused"} == {"refers_to_refused"}


def test_a_nip_as_a_number_is_refused_even_in_full() -> None:
    """An int64 holds 18 digits, a float does not; which one it was cannot be seen afterwards, so neither is taken."""
    for dtype in ("int64", "float64"):
        frames = good()
        frames["employees"]["employee_id"] = pd.Series([int(GOOD_NIP), int(GOOD_NIP) + 1]).astype(dtype)
        found = problems(frames)
        assert [(problem.kind, problem.place, problem.value) for problem in found] == [
            ("id_numbers", "employees, employee_id", "2")
        ]
    frames["employees"]["employee_id"] = pd.Series([int(GOOD_NIP), "E2"], dtype=object)
    assert [(problem.kind, problem.value) for problem in problems(frames)] == [("id_number", "'…005'")]


def test_a_future_nip_needs_a_synthetic_set() -> None:
    """Born 2087: only made-up people are; real data with it is an error that says what to do."""
    found = problems(good(), Settings())
    assert {problem.kind for problem in found if problem.table == "employees"} == {"nip_future"}
    assert defect(GOOD_NIP, synthetic=True) is None


@pytest.mark.parametrize(
    ("severity", "kinds"), [("warning", {"nip_gender", "nip_birth_date", "nip_month_pppk", "ignored_table"})]
)
def test_a_remark_does_not_stop_the_run(severity: str, kinds: set[str]) -> None:
    """What may be right is a warning: the Dataset is made and carries it."""
    frames = good() | {"extra": pd.DataFrame({"a": [1]})}
    frames["employees"].loc[0, ["gender", "birth_date"]] = ["P", "2087-03-13"]
    frames["employees"].loc[1, "employee_id"] = "208703122110211006"
    for table in ("assessments", "history", "decisions"):
        frames[table]["employee_id"] = GOOD_NIP
    data = Dataset.from_frames(frames, SYNTHETIC)
    assert {problem.kind for problem in data.problems} == kinds
    assert {problem.severity for problem in data.problems} == {severity}


@pytest.mark.parametrize("plain", ["E001", "7", "1234567", "130123456", "2172012345670001", "ABC-2087", "12E", "E+17"])
def test_ids_of_another_kind_are_let_be(plain: str) -> None:
    """Short numbers, old nine-digit numbers and codes claim to be no NIP."""
    assert defect(plain) is None


@given(
    born=st.dates(date(1950, 1, 1), date(2000, 12, 31)),
    age=st.integers(18, 55),
    month=st.integers(1, 12),
    sex=st.sampled_from("12"),
    number=st.integers(1, 999),
)
def test_every_well_formed_nip_passes(born: date, age: int, month: int, sex: str, number: int) -> None:
    """Birth date, an appointment at 18 to 55, gender and number: a NIP by its definition."""
    nip = f"{born:%Y%m%d}{born.year + age}{month:02}{sex}{number:03}"
    assert defect(nip) is None


@given(st.text(st.characters(), max_size=30))
def test_reading_any_text_gives_a_value_or_a_fault(text: str) -> None:
    """No text makes a reader raise, and an integer that was read writes back as the same number."""
    for kind in ("id", "text", "integer", "money", "number", "date", "code", "flag"):
        value = read_text(Column("x", kind, ""), text)
        if kind == "integer" and isinstance(value, int):
            assert int(text) == value
        assert value is None or isinstance(value, (Fault, str, int, float, bool, date))


def test_what_is_shown_is_short_and_harmless() -> None:
    """Control and direction marks show as escapes, long text is cut, a NIP in any column shows three digits."""
    assert shown("a\u202eb\n") == r"'a\u202eb\n'"
    assert shown("x" * 100) == repr("x" * 60 + "…")
    assert shown("NIP 20870312 211001 1 005") == "'NIP …005'"
    assert shown("2.08703122110011E+17") == "'…+17'"
    assert shown("E001", "employee_id") == "'…001'"


def test_a_suggestion_only_when_one_is_close() -> None:
    """Six of seven letters agree in ANALIST and ANALYST; nothing is like Q."""
    assert near("ANALIST", ["DRIVER", "ANALYST"]) == "ANALYST"
    assert near("Q", ["DRIVER", "ANALYST"]) is None


@pytest.mark.parametrize("table", good())
def test_no_message_holds_a_nip_wherever_it_stands(table: str) -> None:
    """Promise 8: one row per column, a NIP pasted into it and used as the row's label; messages show three digits."""
    frames = good()
    columns = TABLES[table].names
    rows = frames[table].reindex(columns=columns, fill_value="").astype(object).iloc[[0] * len(columns)]
    rows.index = pd.Index([GOOD_NIP] * len(columns))
    for i, column in enumerate(columns):
        rows.iloc[i, columns.index(column)] = GOOD_NIP
    frames[table] = rows
    found = problems(frames)
    assert len(found) >= len(columns) - 1
    for problem in found:
        for line in (repr(problem), problem_text(problem, "id")):
            assert "2087031221" not in line


def test_inputs_are_left_as_they_were() -> None:
    """Checking reads; the caller's frames keep values, types and labels."""
    frames = good()
    before = {name: frame.copy(deep=True) for name, frame in frames.items()}
    problems(frames)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_a_switch_of_the_checking_library_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment variable that turns bounds off elsewhere must not turn errors into results here."""
    from pandera.config import CONFIG

    monkeypatch.setattr(CONFIG, "validation_enabled", False)
    frames = good()
    frames["standards"]["level"] = 9
    assert [problem.kind for problem in problems(frames)] == ["out_of_bounds"]


def test_an_error_travels_whole() -> None:
    """Problems are plain frozen records: they go through pickle to other processes and compare equal."""
    frames = good()
    frames["standards"]["level"] = 9
    with pytest.raises(DataError) as caught:
        Dataset.from_frames(frames, SYNTHETIC)
    assert pickle.loads(pickle.dumps(caught.value.problems)) == caught.value.problems  # noqa: S301 -- our own bytes


def test_every_kind_is_tested_and_said_in_both_languages() -> None:
    """Each text of a problem wants the same facts in both languages, and each kind occurs in some test."""
    texts = {key: text for key, text in catalogue().items() if key.startswith(("problem.", "remedy.", "place."))}
    for key, text in texts.items():
        assert len({frozenset(names_in(text[language])) for language in LANGUAGES}) == 1, key
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))
    kinds = {key.removeprefix("problem.") for key in texts if key.startswith("problem.")}
    assert {kind for kind in kinds if f'"{kind}"' not in tests} == set()
