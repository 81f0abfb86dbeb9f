"""The generator of demo cities: the same arguments give the same bytes, and they keep the rules of the tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from karier_reco.rules import codes
from karier_reco.tables import TABLES, Column

DATASETS = Path(__file__).parents[2] / "datasets"
MADE = ("employees", "units", "roles", "competencies", "standards", "assessments", "courses", "outcomes", "sessions",
        "budgets", "history", "evaluations", "prerequisites", "mandates", "requests")  # fmt: skip


def generate(folder: Path, *options: str) -> dict[str, pd.DataFrame]:
    command = [sys.executable, str(DATASETS / "generate.py"), "--out", str(folder), *options]
    subprocess.run(command, check=True)  # our own script
    return read(folder)


def read(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_csv(path, dtype="str", keep_default_na=False) for path in sorted(folder.glob("*.csv"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="module")
def city(folder: Path) -> dict[str, pd.DataFrame]:
    return generate(folder, "--people", "500", "--seed", "7")


@pytest.fixture(scope="module")
def demo() -> dict[str, pd.DataFrame]:
    return read(DATASETS / "tanjungpinang")


def test_the_same_arguments_give_the_same_bytes(folder: Path, city: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    """Whoever regenerates a set must get the one that was published; another seed must give another set."""
    again, other = tmp_path / "again", tmp_path / "other"
    generate(again, "--people", "500", "--seed", "7")
    generate(other, "--people", "500", "--seed", "8")
    for name in MADE:
        assert (folder / f"{name}.csv").read_bytes() == (again / f"{name}.csv").read_bytes(), name
    for name in ("employees", "assessments", "sessions", "history"):
        assert (folder / f"{name}.csv").read_bytes() != (other / f"{name}.csv").read_bytes(), name
    assert set(city) == set(MADE)


def test_the_published_city_is_the_one_that_the_generator_makes(tmp_path: Path) -> None:
    """The tables in the repository come from the generator as it stands, not from an older one or a person's edit."""
    generate(tmp_path, "--people", "3600", "--seed", "2027")
    for name in MADE:
        published = (DATASETS / "tanjungpinang" / f"{name}.csv").read_bytes()
        assert published == (tmp_path / f"{name}.csv").read_bytes(), name


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("which", ["city", "demo"])
def test_every_cell_keeps_its_bounds(which: str, name: str, request: pytest.FixtureRequest) -> None:
    """Bounds, codes, references and keys are those of ``TABLES``, looked at here without the library's own checks."""
    tables = request.getfixturevalue(which)
    table, known = tables[name], TABLES[name]
    assert set(table.columns) <= set(known.names)
    assert not table.duplicated(list(known.key)).any()
    assert table.equals(table.sort_values(list(known.key), kind="stable", ignore_index=True))
    for column in known:
        if column.name in table:
            assert not faults(table[column.name], column, tables), column.name
        else:
            assert not column.needed, column.name


def faults(cells: pd.Series[str], column: Column, tables: dict[str, pd.DataFrame]) -> list[str]:
    filled = cells[cells != ""]
    if column.filled and len(filled) < len(cells):
        return ["an empty cell"]
    if column.kind in ("integer", "money", "number"):
        low = -float("inf") if column.minimum is None else column.minimum
        high = float("inf") if column.maximum is None else column.maximum
        whole = column.kind == "number"
        return [cell for cell in filled if not (low <= float(cell) <= high and (whole or cell.isdigit()))]
    if column.kind == "date":
        pd.to_datetime(filled, format="%Y-%m-%d")
    if column.kind == "flag":
        return sorted(set(filled) - {"true", "false"})
    if column.codes:
        return sorted(set(filled) - set(codes(column.codes)))
    if column.references:
        table, key = column.references.split(".")
        return sorted(set(filled) - set(tables[table][key]))
    return []


@pytest.mark.parametrize("which", ["city", "demo"])
def test_nips_are_nobodys(which: str, request: pytest.FixtureRequest) -> None:
    """Birth date, month of appointment, 1 or 2, a sequence; dated a hundred years ahead, so that nobody has it."""
    people = request.getfixturevalue(which)["employees"]
    nip = people["employee_id"]
    assert nip.str.fullmatch(r"\d{18}").all()
    assert nip.is_unique
    assert not nip.str.endswith("000").any()
    assert (nip.str[:8] == people["birth_date"].str.replace("-", "")).all()
    assert (nip.str[8:14] == people["appointed_on"].str[:7].str.replace("-", "")).all()
    assert (nip.str[14].map({"1": "L", "2": "P"}) == people["gender"]).all()
    assert people["birth_date"].str[:4].astype(int).between(2067, 2104).all()
    month = people["appointed_on"].str[:4].astype(int) * 12 + people["appointed_on"].str[5:7].astype(int)
    born = people["birth_date"].str[:4].astype(int) * 12 + people["birth_date"].str[5:7].astype(int)
    assert (month - born).between(18 * 12, 40 * 12).all()


def test_the_demo_city_follows_the_published_shares(demo: dict[str, pd.DataFrame]) -> None:
    """BKN, November 2025: women 56 %, functional 63.6, staff 30.7, structural 5.7; PPPK 20 % as in Pangkalpinang."""
    people = demo["employees"].merge(demo["roles"], on="role_id")
    tier = people["tier"]
    assert len(people) == 3600
    assert (people["gender"] == "P").mean() == pytest.approx(0.56, abs=0.02)
    assert tier.str.startswith("jf_").mean() == pytest.approx(0.636, abs=0.01)
    assert (tier == "pelaksana").mean() == pytest.approx(0.307, abs=0.01)
    assert tier.isin(["jpt_pratama", "administrator", "pengawas"]).mean() == pytest.approx(0.057, abs=0.01)
    assert (people["employment"] == "PPPK").sum() == 720
    assert (people["employment"] == "CPNS").sum() == 50


def test_the_demo_city_is_as_large_as_its_card_says(demo: dict[str, pd.DataFrame]) -> None:
    """The card's first sentence counts what the tables hold, and the whole line is the legal minimum to the rupiah."""
    card = (DATASETS / "tanjungpinang" / "README.md").read_text(encoding="utf-8")
    counts = (f"{len(demo[name])} {name}" for name in ("units", "roles", "competencies", "courses"))
    for count in counts:
        assert count in card
    assert f"{len(demo['sessions'])} sessions" in card
    budgets = demo["budgets"].set_index("budget_id")
    assert budgets.loc["SEMUA", ["account", "unit_id", "amount"]].tolist() == ["any", "", "1652038542"]
    technical = demo["competencies"]["kind"] == "technical"
    assert technical.sum() >= 80
    assert not demo["courses"].duplicated("title").any()
    assert not demo["courses"].duplicated("description").any()


def test_the_demo_city_leaves_much_unassessed(demo: dict[str, pd.DataFrame]) -> None:
    """About 62 % of the cells are assessed, four in five of them at the standard or at most two levels below it."""
    cells = demo["employees"][["employee_id", "role_id"]].merge(demo["standards"], on="role_id")
    newest = (
        demo["assessments"].sort_values("assessed_on").drop_duplicates(["employee_id", "competency_id"], keep="last")
    )
    seen = cells.merge(newest, on=["employee_id", "competency_id"], how="left", suffixes=("", "_seen"))
    known = seen[seen["level_seen"].notna()]
    assert len(known) / len(cells) == pytest.approx(0.62, abs=0.03)
    gap = known["level"].astype(int) - known["level_seen"].astype(int)
    assert gap.between(0, 2).mean() > 0.75
    assert (known["assessed_on"] < "2023-12-31").mean() == pytest.approx(0.2, abs=0.03)


def test_every_charge_of_a_session_has_a_line_for_everybody(demo: dict[str, pd.DataFrame]) -> None:
    """A charge that no line limits is an error: each account charged has a line for all units."""
    everywhere = set(demo["budgets"].loc[demo["budgets"]["unit_id"] == "", "account"])
    assert set(demo["sessions"]["account"]) | {"travel"} <= everywhere


def test_sessions_begin_on_working_days_and_end_in_their_year(demo: dict[str, pd.DataFrame]) -> None:
    """A class that starts on a Sunday, or ends before it starts, would be a slip of the calendar."""
    starts, ends = (pd.to_datetime(demo["sessions"][name]) for name in ("starts_on", "ends_on"))
    assert (starts.dt.day_of_week < 5).all()
    assert (starts <= ends).all()
    assert set(starts.dt.year) | set(ends.dt.year) == {2027}


def test_evaluations_speak_of_courses_that_were_finished(demo: dict[str, pd.DataFrame]) -> None:
    """Every evaluation is of a row of the history, and nobody finished a course before they were appointed."""
    key = ["employee_id", "course_id", "finished_on"]
    found = demo["evaluations"].merge(demo["history"], on=key)
    assert len(found) == len(demo["evaluations"])
    appointed = demo["history"].merge(demo["employees"], on="employee_id")
    ahead = appointed["finished_on"].str[:4].astype(int) + 100
    assert (ahead.astype(str) + appointed["finished_on"].str[4:] > appointed["appointed_on"]).all()


def test_groups_can_be_left_out(tmp_path: Path) -> None:
    """Teachers and health workers (1,339 + 581 of the 3,900 heads in roles.csv) leave every table; the money stays."""
    less = generate(tmp_path, "--people", "500", "--seed", "7", "--exclude", "teachers,health", "--part-time", "0.5")
    assert not less["employees"]["role_id"].str.match("GURU-|KEPALA-S|PERAWAT-|BIDAN-|DOKTER-").any()
    assert len(less["employees"]) == pytest.approx(500 * (1 - 1920 / 3900), abs=8)
    assert set(less["assessments"]["employee_id"]) <= set(less["employees"]["employee_id"])
    assert "PPPK_PW" in set(less["employees"]["employment"])
    assert less["budgets"].set_index("budget_id").loc["SEMUA", "amount"] == str(round(1_652_038_542 * 500 / 3600))


def test_an_unknown_group_is_refused(tmp_path: Path) -> None:
    """A group misspelt must not leave everybody in, in silence."""
    command = [sys.executable, str(DATASETS / "generate.py"), "--out", str(tmp_path), "--exclude", "guru"]
    run = subprocess.run(command, capture_output=True, text=True)  # our own script
    assert run.returncode == 2
    assert "got 'guru'; expected" in run.stderr
    assert not list(tmp_path.iterdir())
