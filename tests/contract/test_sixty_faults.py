"""Sixty different faults in one set of tables: each found in its place, and none hides another, through two doors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from karier_reco.checking.names import heading, sheet
from karier_reco.errors import DataError, Problem
from karier_reco.loading import load
from karier_reco.settings import Settings

PEOPLE = 100
UNTOUCHED = 40  # the first whose own row stays as it is: other tables refer to these
Rows = dict[str, list[dict[str, Any]]]


def nip(number: int) -> str:
    """Return a made-up NIP, a hundred years ahead: born 2070-2089, appointed at 25, a man; no two begin alike."""
    return f"{2070 + number % 20}{1 + number // 20:02}12{2095 + number % 20}071{number + 101}"


def sane() -> Rows:
    """Return tables without a fault: every row of a table is as good as the others."""
    employees = [
        {
            "employee_id": nip(i),
            "name": f"Pegawai {i}",
            "role_id": f"R{i % 8 + 1}",
            "unit_id": f"U{i % 6 + 1}",
            "employment": "PNS",
            "gender": "L",
            "birth_date": f"{2070 + i % 20}-{1 + i // 20:02}-12",
            "appointed_on": f"{2095 + i % 20}-07-01",
        }
        for i in range(PEOPLE)
    ]
    competencies = [
        {"competency_id": f"K{i}", "name": f"Kompetensi {i}", "kind": "managerial", "priority": "1"}
        for i in range(1, 9)
    ]
    standards = [
        {"role_id": f"R{i}", "competency_id": f"K{j}", "level": str(2 + (i + j) % 3)}
        for i in range(1, 9)
        for j in range(1, 9)
    ]
    assessments = [
        {
            "employee_id": nip(i),
            "competency_id": f"K{j}",
            "assessed_on": f"2026-0{1 + (i + j) % 9}-1{i % 9}",
            "level": str((i // 8 + i + 3 * j) % 5),
            "source": "centre",
        }
        for i in range(UNTOUCHED, PEOPLE)
        for j in range(1, 5)
    ]
    courses = [
        {"course_id": f"C{i}", "title": NAMES[i - 1], "form": "course", "jp": "20", "provider": "LAN"}
        for i in range(1, 13)
    ]
    sessions = [
        {
            "session_id": f"S{i}",
            "course_id": f"C{i}",
            "starts_on": f"2027-0{1 + i % 9}-0{1 + i % 5}",
            "ends_on": f"2027-0{1 + i % 9}-0{3 + i % 5}",
            "place": "Batam",
            "min_seats": "5",
            "max_seats": "20",
            "fee": "2500000",
            "travel": "500000",
            "opening_cost": "0",
        }
        for i in range(1, 13)
    ]
    return {
        "employees": employees,
        "units": [{"unit_id": f"U{i}", "name": f"Dinas {i}", "parent_id": ""} for i in range(1, 13)],
        "roles": [{"role_id": f"R{i}", "title": f"Jabatan {i}", "tier": "pelaksana"} for i in range(1, 9)],
        "competencies": competencies,
        "standards": standards,
        "assessments": assessments,
        "courses": courses,
        "outcomes": [
            {
                "course_id": f"C{i}",
                "competency_id": f"K{i % 8 + 1}",
                "entry_level": "1",
                "exit_level": "3",
                "source": "given",
            }
            for i in range(1, 13)
        ],
        "sessions": sessions,
        "budgets": [
            {"budget_id": f"B{i}", "account": account, "unit_id": "", "amount": "900000000"}
            for i, account in enumerate(["fee", "travel", "in_house", "any", "fee", "travel"], start=1)
        ],
        "history": [
            {
                "employee_id": nip(UNTOUCHED + i),
                "course_id": f"C{i % 12 + 1}",
                "finished_on": "2025-05-05",
                "jp": "20",
                "passed": "ya",
            }
            for i in range(20)
        ],
        "effectiveness": [
            {"course_id": f"C{i}", "effectiveness": "0.6", "low": "0.5", "high": "0.7", "people": "9"}
            for i in range(1, 6)
        ],
        "prerequisites": [{"course_id": f"C{i}", "requires_id": f"C{i + 1}"} for i in (1, 3, 5, 7, 9)],
        "mandates": [
            {"mandate_id": f"W{i}", "course_id": f"C{i}", "tier": "pelaksana", "importance": "2", "reason": "aturan"}
            for i in range(1, 4)
        ],
        "decisions": [
            {
                "decision_id": f"D{i}",
                "employee_id": nip(UNTOUCHED + i),
                "session_id": f"S{i}",
                "decision": "lock",
                "reason": "rapat",
            }
            for i in range(1, 9)
        ],
    }


NAMES = [
    "Pelayanan Publik", "Analisis Data", "Pengadaan Barang", "Manajemen Risiko", "Komunikasi Kantor", "Hukum Daerah",
    "Arsip Elektronik", "Perencanaan Anggaran", "Kepemimpinan Melayani", "Keamanan Siber", "Audit Internal", "Etika",
]  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A cell of a row (counted from 0) that cannot be, and what must be said; ``beside`` are other rows concerned."""

    kind: str
    table: str
    row: int
    column: str
    value: Any
    severity: str = "error"
    beside: tuple[int, ...] = ()
    also: Callable[[Rows], None] | None = None
    place: str = ""  # the column that the problem is at, where that is another
    too: str = ""  # a second thing to say of the same cell


def change(table: str, row: int, **cells: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[table][row].update(cells)


def e(kind: str, row: int, value: Any, column: str = "employee_id", **more: Any) -> Fault:
    return Fault(kind, "employees", row, column, value, **more)


# Each at a row of its own, so that a fault that hid another would show.
FAULTS = [
    # ids of people
    e("nip_scientific", 0, "2.07003E+17"),
    e("nip_scientific", 1, "2,07103e+17"),
    e("nip_float", 2, nip(2) + ".0"),
    e("nip_rounded", 3, nip(3)[:15] + "000"),
    e("nip_merged", 24, nip(4)[:15] + "000", too="nip_rounded"),
    e("nip_length", 5, nip(5)[:17]),
    e("nip_length", 6, nip(6) + "7"),
    e("nip_spaces", 7, f"{nip(7)[:8]} {nip(7)[8:14]} {nip(7)[14]} {nip(7)[15:]}"),
    e("nip_invisible", 8, nip(8)[:8] + "\u00a0" + nip(8)[8:]),
    e("nip_invisible", 9, nip(9)[:8] + "\u200b" + nip(9)[8:]),
    e("nip_digits", 10, nip(10).translate({ord("0") + i: 0xFF10 + i for i in range(10)})),
    e("nip_letters", 11, nip(11)[:4] + nip(11)[4:].replace("0", "O")),
    e("nip_apostrophe", 12, "'" + nip(12)),
    e("nip_old", 13, "130987654", severity="warning"),
    e("nip_nik", 14, "2172011203870001"),
    e("nip_birth", 15, nip(15)[:4] + "1312" + nip(15)[8:]),
    e("nip_month", 16, nip(16)[:12] + "13" + nip(16)[14:]),
    e("nip_gender_digit", 17, nip(17)[:14] + "3" + nip(17)[15:]),
    e("nip_age", 18, nip(18)[:8] + str(int(nip(18)[8:12]) - 15) + nip(18)[12:]),
    e("nip_month_pppk", 19, nip(19)[:12] + "21" + nip(19)[14:], severity="warning",
      also=change("employees", 19, employment="PPPK", appointed_on="")),
    e("id_spaces", 20, nip(20) + " "),
    e("nip_gender", 21, "P", "gender", severity="warning"),
    e("nip_birth_date", 22, "2072-03-13", "birth_date", severity="warning"),
    e("nip_appointed", 23, "2098-05-01", "appointed_on", severity="warning"),
    e("duplicate", 25, nip(26), beside=(26,), also=change("employees", 25, birth_date="", appointed_on="")),
    e("empty", 27, ""),
    # codes, references, dates of people
    e("unknown_code", 28, "PNSS", "employment"),
    e("unknown_code", 29, "X", "gender"),
    e("dangling", 30, "R88", "role_id"),
    e("dangling", 31, "u 1", "unit_id"),
    e("date_two_ways", 32, "03/04/2072", "birth_date"),
    e("date_form", 33, "31/12/2073", "birth_date"),
    e("date_impossible", 34, "2074-02-30", "birth_date"),
    e("date_form", 35, "12 Maret", "birth_date"),
    # ids of things
    Fault("id_twin", "units", 7, "unit_id", "u1", "warning", beside=(0,)),
    Fault("id_twin_unseen", "units", 8, "unit_id", "U\u200b2", beside=(1,)),
    Fault("id_control", "units", 9, "unit_id", "U\x0710"),
    Fault("units_itself", "units", 10, "parent_id", "U11"),
    Fault("units_circle", "units", 11, "parent_id", "U7", beside=(6,), also=change("units", 6, parent_id="U12")),
    Fault("empty", "roles", 7, "title", " "),
    # numbers
    Fault("number_two_ways", "budgets", 0, "amount", "900.000"),
    Fault("not_integer", "budgets", 1, "amount", "900.000.000"),
    Fault("not_integer", "budgets", 2, "amount", "Rp 5 juta"),
    Fault("too_long", "budgets", 3, "amount", "9" * 400),
    Fault("out_of_bounds", "budgets", 4, "amount", "-1"),
    Fault("not_integer", "budgets", 5, "amount", "inf"),
    Fault("not_number", "competencies", 0, "priority", "1,5"),
    Fault("not_number", "competencies", 1, "priority", "NaN"),
    Fault("number_out_of_bounds", "competencies", 2, "priority", "101"),
    Fault("unknown_code", "competencies", 3, "kind", "umum"),
    Fault("out_of_bounds", "standards", 3, "level", "7"),
    Fault("not_integer", "standards", 4, "level", "tiga"),
    Fault("not_integer", "assessments", 0, "level", "2.0"),
    Fault("out_of_bounds", "assessments", 161, "level", "6"),
    # rows that contradict themselves or another
    Fault("jp_missing", "courses", 11, "jp", ""),
    Fault("exit_not_above_entry", "outcomes", 0, "exit_level", "1"),
    Fault("ends_before_start", "sessions", 0, "ends_on", "2027-01-01"),
    Fault("min_above_max", "sessions", 1, "min_seats", "30"),
    Fault("not_flag", "history", 15, "passed", "mungkin"),
    Fault("effectiveness_outside", "effectiveness", 0, "effectiveness", "0.9"),
    Fault("prerequisites_itself", "prerequisites", 1, "requires_id", "C3"),
    Fault("prerequisites_circle", "prerequisites", 3, "requires_id", "C9", beside=(4,),
          also=change("prerequisites", 4, requires_id="C7")),
    Fault("mandate_for_nobody", "mandates", 0, "tier", "", place="employee_id"),
    Fault("seat_without_employee", "decisions", 0, "employee_id", ""),
    Fault("session_with_employee", "decisions", 1, "decision", "hold", place="employee_id"),
    Fault("decision_both_ways", "decisions", 3, "decision", "forbid", beside=(2,),
          also=change("decisions", 3, employee_id=nip(UNTOUCHED + 3), session_id="S3")),
    Fault("decision_against_cancel", "decisions", 5, "decision", "cancel", beside=(4,),
          also=change("decisions", 5, employee_id="", session_id="S5")),
]  # fmt: skip


def planted() -> Rows:
    rows = sane()
    for fault in FAULTS:
        rows[fault.table][fault.row][fault.column] = fault.value
        if fault.also is not None:
            fault.also(rows)
    return rows


def csv_folder(rows: Rows, place: Path) -> Path:
    import csv

    for name, records in rows.items():
        columns = list(dict.fromkeys(column for record in records for column in record))
        with (place / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(records)
    return place


def workbook(rows: Rows, place: Path) -> Path:
    """Write every cell as text under Indonesian headings: as officers paste it."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(place / "kota.xlsx", options) as book:
        for name, records in rows.items():
            columns = list(dict.fromkeys(column for record in records for column in record))
            page = book.add_worksheet(sheet(name, "id"))
            page.write_row(0, 0, [heading(name, column, "id") for column in columns])
            for i, record in enumerate(records, start=1):
                for j, column in enumerate(columns):
                    page.write_string(i, j, record.get(column, ""))
    return place / "kota.xlsx"


@pytest.fixture(params=[csv_folder, workbook], ids=["csv", "workbook"])
def problems(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        load(request.param(planted(), tmp_path), Settings(synthetic=True))
    return caught.value.problems


def test_the_sane_tables_have_no_problem(tmp_path: Path) -> None:
    """Else the faults would prove nothing."""
    assert load(csv_folder(sane(), tmp_path), Settings(synthetic=True)).problems == ()


def test_there_are_sixty() -> None:
    """Sixty cells at least, each of its own, of forty kinds at least."""
    assert len(FAULTS) >= 60
    assert len({(fault.table, fault.row, fault.column) for fault in FAULTS}) == len(FAULTS)
    assert len({fault.kind for fault in FAULTS}) >= 40


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=lambda number: f"{number}-{FAULTS[number].kind}")
def test_alone_it_is_found(number: int) -> None:
    """Every fault is found where nothing else is wrong; beside all the others it must be found just the same."""
    fault = FAULTS[number]
    rows = sane()
    rows[fault.table][fault.row][fault.column] = fault.value
    if fault.also is not None:
        fault.also(rows)
    assert (fault.kind, fault.row) in {(kind, row) for kind, row, _, _ in found_in(rows)}


def found_in(rows: Rows) -> set[tuple[str, int, str, str]]:
    import pandas as pd

    from karier_reco.dataset import Dataset

    frames = {name: pd.DataFrame(records, dtype="object").fillna("") for name, records in rows.items()}
    try:
        found = Dataset.from_frames(frames, Settings(synthetic=True)).problems
    except DataError as error:
        found = error.problems
    return {(p.kind, p.row, p.table, p.column or "") for p in found if p.row is not None}


def test_together_each_is_found_in_its_place_and_nothing_else_is_said(problems: tuple[Problem, ...]) -> None:
    """Spreadsheet row and column of every fault, and its severity; rows that refer to a refused one are a line."""
    expected = Counter(
        (kind, fault.table, row + 2, fault.place or fault.column, fault.severity)
        for fault in FAULTS
        for kind, row in [(fault.kind, at) for at in (fault.row, *fault.beside)]
        + [(fault.too, fault.row)] * bool(fault.too)
    )
    got = Counter(
        (problem.kind, problem.table, problem.row, problem.column, problem.severity)
        for problem in problems
        if problem.kind != "refers_to_refused" and problem.row is not None
    )
    assert got == expected


def test_no_number_of_a_person_is_said(problems: tuple[Problem, ...]) -> None:
    """Neither a whole NIP nor one that was spoilt stands in a message, whatever was wrong with it."""
    text = "\n".join(f"{problem.text} {problem.value}" for problem in problems)
    for i in range(PEOPLE):
        assert nip(i)[:14] not in text
    assert "2172011203870001" not in text
