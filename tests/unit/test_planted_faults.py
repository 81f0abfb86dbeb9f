"""Twenty different faults in one folder: all reported in one run, each at its own row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from karier_reco import tables
from karier_reco.checking import problem_text
from karier_reco.errors import DataError
from karier_reco.loading import load

# The first line of each file is row 1. Every fault stands on its row's own line; all other rows are good.
FILES = {
    "units": """\
unit_id,name,parent_id
U1,Dinas Kesehatan,
U2,Puskesmas Melayu,U1
U3,Bidang Data,U4
U4,Seksi Data,U3
""",
    "roles": """\
role_id,title,tier
ANALYST,Analis Kebijakan,jf_ahli_muda
DRIVER,Pengemudi,pelaksanna
CLERK,Pengadministrasi,pelaksana
""",
    "competencies": """\
competency_id,name,kind
M.1,Integritas,managerial
M.2,Kerja Sama,managerial
,Komunikasi,managerial
""",
    "employees": """\
employee_id;role_id;unit_id;employment
208703122110011004;ANALYST;U1;PNS
208703122110011005;ANALYST;U1;PNS
1.98703E+17;ANALYST;U1;PNS
208703122110011006;ANALIST;U2;PNS
208703122110011007;ANALYST;U1;PNS
208713122110011008;ANALYST;U1;PNS
208703122110011000;CLERK;U1;PNS
208703122110011009;CLERK;U1;PNS
208703122110011009;CLERK;U2;PPPK
E001;CLERK;U2;PPPK
""",
    "standards": """\
role_id,competency_id,level
ANALYST,M.1,3
ANALYST,M.2,7
""",
    "assessments": """\
employee_id,competency_id,assessed_on,level
E001,M.1,2026-02-28,2
E001,M.1,2026-02-30,2
E001,M.2,31/12/2025,2
E001,M.2,2025-12-31,3.0
208703122110011009,M.1,2025-12-31,3
208703122110011009,M.2,2025-12-31,3
""",
    "courses": """\
course_id,titel,form,jp,provider
C1,Pelayanan Publik,course,20,LAN
C2,Analisis Data,course,,LAN
C3,Seminar Data,seminar,,LAN
""",
    "sessions": """\
session_id,course_id,starts_on,ends_on,place,min_seats,max_seats,fee,travel,opening_cost
S1,C1,2027-03-01,2027-03-05,Batam,10,20,2500000,500000,0
S2,C1,2027-03-08,2027-03-05,Batam,10,20,2500000,500000,0
S3,C3,2027-03-08,2027-03-08,Batam,30,20,-5,500000,0
S4,C3,2027-03-08,2027-03-08,Batam,10,20,1.000.000,500000
""",
    "outcomes": """\
course_id,competency_id,entry_level,exit_level,source
C1,M.1,2,3,given
C1,M.2,3,3,given
""",
    "prerequisites": "course_id,requires_id\nC1,C1\n",
    "decisions": """\
decision_id,employee_id,session_id,decision,reason
D1,,S1,lock,
""",
    "budgets": 'budget_id,account,amount\nB1,fee,1000000000\nB2,fee,"500,000"\n',
}
PLANTED = {
    ("units.csv row 4", "parent_id", "units_circle"),
    ("units.csv row 5", "parent_id", "units_circle"),
    ("roles.csv row 3", "tier", "unknown_code"),
    ("competencies.csv row 4", "competency_id", "empty"),
    ("employees.csv row 4", "employee_id", "nip_scientific"),
    ("employees.csv row 5", "role_id", "dangling"),
    ("employees.csv row 7", "employee_id", "nip_birth"),
    ("employees.csv row 8", "employee_id", "nip_rounded"),
    ("employees.csv row 8", "employee_id", "nip_merged"),
    ("employees.csv row 9", "employee_id", "duplicate"),
    ("employees.csv row 10", "employee_id", "duplicate"),
    ("standards.csv row 3", "level", "out_of_bounds"),
    ("assessments.csv", None, "refers_to_refused"),
    ("assessments.csv row 3", "assessed_on", "date_impossible"),
    ("assessments.csv row 4", "assessed_on", "date_form"),
    ("assessments.csv row 5", "level", "not_integer"),
    ("courses.csv", None, "missing_column"),
    ("courses.csv row 3", "jp", "jp_missing"),
    ("outcomes.csv row 3", "exit_level", "exit_not_above_entry"),
    ("sessions.csv row 3", "ends_on", "ends_before_start"),
    ("sessions.csv row 4", "min_seats", "min_above_max"),
    ("sessions.csv row 4", "fee", "out_of_bounds"),
    ("sessions.csv row 5", None, "too_few_cells"),
    ("budgets.csv row 3", "amount", "number_two_ways"),
    ("prerequisites.csv row 2", "requires_id", "prerequisites_itself"),
    ("decisions.csv row 2", "reason", "empty"),
    ("decisions.csv row 2", "employee_id", "seat_without_employee"),
}


@pytest.fixture
def error(tmp_path: Path) -> DataError:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "settings.toml").write_text("synthetic = true\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    return caught.value


def test_every_planted_fault_is_reported_at_its_row_and_nothing_else(error: DataError) -> None:
    """24 kinds are planted, more than the 20 asked for. The duplicate key and the circle of units show at both of their
    rows; two assessments of the duplicated employee are one line, not two problems.
    """
    got = {
        (problem.place.removesuffix(f", {problem.column}"), problem.column, problem.kind)
        for problem in error.problems
        if problem.severity == "error"
    }
    assert got == PLANTED
    assert len({kind for _, _, kind in PLANTED}) >= 20


def test_the_order_is_that_of_tables_and_rows(error: DataError) -> None:
    """Tables as in TABLES (employees first), within each the whole table before its rows, rows by number."""
    places = [(problem.table, problem.row or 0) for problem in error.problems]
    assert error.problems[0].table == "employees"
    assert places == sorted(places, key=lambda place: (list(tables.TABLES).index(place[0]), place[1]))


def test_messages_say_value_rule_and_remedy(error: DataError) -> None:
    """The wording promised in the documentation, letter for letter."""
    lines = [problem.text for problem in error.problems]
    assert (
        "employees.csv row 5, role_id: got 'ANALIST'; expected a role_id of roles.csv. Did you mean 'ANALYST'?" in lines
    )
    assert "courses.csv: got no column 'title'; expected that column. Did you mean 'titel'?" in lines
    assert (
        "employees.csv row 9, employee_id: got '…009' more than once, also in row 10; expected each employee_id once. "
        "Remove or correct one." in lines
    )
    assert (
        "assessments.csv: got 2 row(s) that refer to refused rows of employees.csv; expected none. "
        "Correct employees.csv first." in lines
    )


def test_no_message_holds_a_nip(error: DataError) -> None:
    """A message may show three digits of a NIP, in either language; the longest run of digits here is money."""
    for problem in error.problems:
        for line in (problem.text, problem_text(problem, "id"), repr(problem)):
            assert "2087" not in line
            assert "19870312" not in line
            assert "1.98703" not in line


def test_the_list_is_indonesian_for_officials(error: DataError) -> None:
    """The same facts in Indonesian; the place is translated too."""
    lines = [problem_text(problem, "id") for problem in error.problems]
    assert (
        "employees.csv baris 5, role_id: tertulis 'ANALIST'; seharusnya role_id dari roles.csv. Maksudnya 'ANALYST'?"
        in lines
    )
    assert [problem_text(problem, "en") for problem in error.problems] == [problem.text for problem in error.problems]
