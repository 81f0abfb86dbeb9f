"""What the plan of a synthetic city must show as a whole: every seat that is not granted has a reason, money is one."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import karier_reco as kr
from karier_reco.rules import forms, rule

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "datasets" / "tanjungpinang"
BUDGET = 1_652_038_542


@dataclass(frozen=True)
class Made:
    """A city's tables, its plan, and where the plan was written."""

    data: kr.Dataset
    plan: kr.TrainingPlan
    folder: Path


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The demo city with ``--full``, else a synthetic city of 200 with its share of the money."""
    work = tmp_path_factory.mktemp("city")
    tables, budget = CITY, BUDGET
    if not request.config.getoption("--full"):
        tables, budget = work / "tables", BUDGET // 18
        command = [sys.executable, str(ROOT / "datasets" / "generate.py"), "--people", "200", "--seed", "3"]
        subprocess.run([*command, "--out", str(tables)], check=True, capture_output=True)
    data = kr.load(tables)
    plan = kr.make_plan(data, 2027, budget, time_limit=None, work_limit=30)
    return Made(data, plan, kr.write_plan(plan, work / "out"))


def test_no_seat_can_be_added(made: Made) -> None:
    """Every candidate not granted that would add value breaks a limit, counted here from the plan's tables alone."""
    data, plan = made.data, made.plan
    granted = plan.enrolments
    gain = _gains(made)
    people = plan.people.set_index("employee_id")
    held = dict(iter(granted.groupby("employee_id")))
    closed = {
        name
        for name, status in zip(plan.sessions["session_id"], plan.sessions["status"], strict=True)
        if status != "open"
    }
    sessions = plan.sessions.set_index("session_id")
    left = dict(zip(plan.budgets["budget_id"], plan.budgets["left"], strict=True))
    above = _above(data)
    finished = set(
        zip(*(data.history.loc[data.history["passed"], c] for c in ("employee_id", "course_id")), strict=True)
    )
    required = data.prerequisites.groupby("course_id")["requires_id"].agg(list).to_dict()
    addable = []
    for at, seat in plan.candidates[~plan.granted].iterrows():
        if gain[at] <= 1e-9:
            continue
        session = sessions.loc[seat["session_id"]]
        mine = held.get(seat["employee_id"], granted.iloc[:0])
        unit = people.loc[seat["employee_id"], "unit_id"]
        opening = int(session["opening_cost"]) if seat["session_id"] in closed else 0
        if _over(plan.budgets, left, seat, above[unit], opening):
            continue
        if not pd.isna(session["max_seats"]) and session["seats"] >= session["max_seats"]:
            continue
        if seat["session_id"] in closed and not pd.isna(session["min_seats"]) and session["min_seats"] > 1:
            continue
        if len(mine) >= (plan.limits.max_sessions or 10**6):
            continue
        most = rule("max_jp").value.get(people.loc[seat["employee_id"], "employment"])
        if most is not None and mine["jp"].sum() + seat["jp"] > most:
            continue
        if _clashes(data, mine, seat):
            continue
        needed = required.get(seat["course_id"], [])
        if any((seat["employee_id"], name) not in finished and name not in set(mine["course_id"]) for name in needed):
            continue
        addable.append((seat["session_id"], float(gain[at])))
    assert addable == []


def _gains(made: Made) -> pd.Series:
    """What each candidate would add to the plan: closures within what is left of each step, bonus, JP to the target."""
    plan = made.plan
    step = ["employee_id", "competency_id", "step"]
    seat = ["employee_id", "session_id"]
    granted = pd.MultiIndex.from_frame(plan.enrolments[seat])
    rows = plan.closures
    taken = rows[pd.MultiIndex.from_frame(rows[seat]).isin(granted)].groupby(step)["closure"].sum()
    before = taken.reindex(pd.MultiIndex.from_frame(rows[step])).fillna(0.0).to_numpy()
    add = np.minimum(rows["closure"], np.maximum(1 - before, 0.0)) * rows["weight"]
    by_seat = add.groupby([rows["employee_id"], rows["session_id"]]).sum()
    gain = by_seat.reindex(pd.MultiIndex.from_frame(plan.candidates[seat])).fillna(0.0).to_numpy()
    employment = plan.people.set_index("employee_id")["employment"]
    target = plan.candidates["employee_id"].map(employment).map(rule("target_jp").value).fillna(0).to_numpy(float)
    have = (
        plan.candidates["employee_id"].map(plan.enrolments.groupby("employee_id")["jp"].sum()).fillna(0).to_numpy(float)
    )
    jp = np.minimum(np.maximum(target - have, 0.0), plan.candidates["jp"].to_numpy(float))
    return pd.Series(
        gain + plan.candidates["bonus"].to_numpy() + plan.settings.jp_value * jp, index=plan.candidates.index
    )


def _above(data: kr.Dataset) -> dict[str, set[str]]:
    parent = dict(zip(data.units["unit_id"], data.units["parent_id"], strict=True))
    chains = {}
    for unit in parent:
        chain, at = {""}, unit
        while at:
            chain.add(at)
            at = parent[at]
        chains[unit] = chain
    return chains


def _over(budgets: pd.DataFrame, left: dict[str, int], seat: pd.Series, units: set[str], opening: int) -> bool:
    for name, account, unit in zip(budgets["budget_id"], budgets["account"], budgets["unit_id"], strict=True):
        charge = 0
        if unit in units:
            charge += seat["fee"] * (account in (seat["account"], "any")) + seat["travel"] * (
                account in ("travel", "any")
            )
        if unit == "":
            charge += opening * (account in (seat["account"], "any"))
        if charge > left[name]:
            return True
    return False


def _clashes(data: kr.Dataset, mine: pd.DataFrame, seat: pd.Series) -> bool:
    if seat["course_id"] in set(mine["course_id"]):
        return True
    form = dict(zip(data.courses["course_id"], data.courses["form"], strict=True))
    blocks = mine[[forms()[form[course]].blocks_dates for course in mine["course_id"]]] if len(mine) else mine
    if not forms()[form[seat["course_id"]]].blocks_dates:
        return False
    days = sorted([*zip(blocks["starts_on"], blocks["ends_on"], strict=True), (seat["starts_on"], seat["ends_on"])])
    return any(later[0] <= earlier[1] for earlier, later in pairwise(days))


def test_money_is_the_same_to_the_rupiah_everywhere(made: Made) -> None:
    """Seats plus openings: the same sum in enrolments, sessions, the overall line, the workbook and the page."""
    plan, folder = made.plan, made.folder
    openings = int(plan.sessions.loc[plan.sessions["status"] == "open", "opening_cost"].sum())
    seats = int((plan.enrolments["fee"] + plan.enrolments["travel"]).sum())
    total = seats + openings
    assert total == plan.cost == int(plan.sessions["cost"].sum())
    assert int(plan.units["cost"].sum()) == seats
    whole = plan.budgets[(plan.budgets["account"] == "any") & (plan.budgets["unit_id"] == "")]
    assert set(whole["used"]) == {total}
    assert (plan.budgets["amount"] - plan.budgets["used"] == plan.budgets["left"]).all()
    assert (plan.budgets["left"] >= 0).all()
    with (folder / "enrolments.csv").open(encoding="utf-8", newline="") as file:
        assert sum(int(row["fee"]) + int(row["travel"]) for row in csv.DictReader(file)) == seats
    page = (folder / "plan.html").read_text(encoding="utf-8")
    assert f"Rp{total:,}".replace(",", ".") in re.sub(r"\s+", " ", page)
    book = openpyxl.load_workbook(folder / "plan.xlsx", data_only=True, read_only=True)
    for name in ("Ringkasan", "Rencana", "Sesi", "Anggaran"):
        cells = {
            cell for row in book[name].iter_rows(values_only=True) for cell in row if isinstance(cell, int | float)
        }
        assert total in cells, name
    assert json.loads((folder / "certificate.json").read_text(encoding="utf-8"))["value"] == plan.certificate["value"]


def test_a_written_city_verifies(made: Made) -> None:
    """The folder alone is enough to recompute every limit and the bound."""
    from karier_reco.report import check_folder

    checked = check_folder(made.folder)
    assert checked.verification.value == pytest.approx(made.plan.certificate["value"], rel=1e-9)
    assert made.plan.certificate["bound"] >= made.plan.certificate["value"] * (1 - 1e-9)
