"""The plan as officials read it: rows and sums that the workbook and the page share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from karier_reco.explanation import line_names
from karier_reco.plan import TrainingPlan
from karier_reco.report.money import Money, money_of
from karier_reco.rules import forms
from karier_reco.words import Words, rows_of

SEAT = ["employee_id", "session_id"]
NEED = ["employee_id", "competency_id"]


@dataclass(frozen=True)
class Totals:
    """The plan in numbers; ``levels`` are expected levels of gaps closed, no step counted twice."""

    employees: int
    with_gap: int
    people: int
    seats: int
    sessions: int
    jp: int
    levels: float
    waiting: int
    waiting_without_seat: int
    deferred: int
    money: Money


def totals_of(plan: TrainingPlan) -> Totals:
    """Add up the plan."""
    seats = plan.enrolments
    return Totals(
        employees=len(plan.people),
        with_gap=int(plan.units["with_gap"].sum()),
        people=int(seats["employee_id"].nunique()),
        seats=len(seats),
        sessions=int(plan.sessions["status"].eq("open").sum()),
        jp=int(seats["jp"].sum()),
        levels=float(levels_by_step(plan).sum()),
        waiting=len(plan.waiting),
        waiting_without_seat=int((~plan.waiting["employee_id"].isin(seats["employee_id"])).sum()),
        deferred=int(plan.mandates["status"].eq("deferred").sum()),
        money=money_of(plan),
    )


def granted_closures(plan: TrainingPlan) -> pd.DataFrame:
    """Return the closures of the granted seats."""
    return plan.closures.merge(plan.enrolments[SEAT], on=SEAT, how="inner", sort=False)


def levels_by_step(plan: TrainingPlan) -> pd.Series[float]:
    """Return the expected share closed of each person's step: several seats close a step at most once."""
    closed = granted_closures(plan).groupby([*NEED, "step"])["closure"].sum()
    return closed.clip(upper=1.0)


def plan_rows(plan: TrainingPlan, words: Words) -> pd.DataFrame:
    """Return one row per granted seat with the fields of PP 11/2017 article 207 and those of an agency's plan.

    The competency is the one in which the seat is worth most; ``others`` names the rest. ``curriculum`` is left
    for the official who checks it: no table of ours knows the curriculum of the instansi pembina.
    """
    seats = plan.enrolments.merge(_competencies(plan, words), on=SEAT, how="left")
    columns = ["session_id", "title", "form", "provider", "place"]
    seats = seats.merge(plan.sessions[columns], on="session_id", how="left")
    people = plan.people[["employee_id", "name", "role", "tier", "unit", "employment", "grade"]]
    seats = seats.merge(people, on="employee_id", how="left")
    form = seats["form"].map(forms())
    return seats.assign(
        year=plan.year,
        kind=[words.code("kind", kind) if isinstance(kind, str) else words("no_competency") for kind in seats["kind"]],
        tier=[words.code("tier", tier) for tier in seats["tier"]],
        form=[f.name(words.language) for f in form],
        path=[words.code("path", f.path) for f in form],
        siasn_code=[f.siasn_code for f in form],
        account=[words.code("account", account) for account in seats["account"]],
        origin=[words.code("origin", origin) for origin in seats["origin"]],
        total=seats["fee"] + seats["travel"],
        curriculum=words("to_be_checked"),
        status=words("proposed"),
    )


def _competencies(plan: TrainingPlan, words: Words) -> pd.DataFrame:
    """Return for each granted seat its main competency with standard and level, and the names of the others."""
    closed = granted_closures(plan).groupby([*SEAT, "competency_id"], sort=True)["value"].sum().reset_index()
    closed = closed.merge(plan.competencies, on="competency_id", how="left")
    closed["worth"] = -closed["value"].round(9)
    closed = closed.sort_values([*SEAT, "worth", "competency_id"], kind="stable")
    main = closed.drop_duplicates(SEAT)
    rest = closed[closed.duplicated(SEAT)].groupby(SEAT)["name"].agg("; ".join).rename("others").reset_index()
    gaps = plan.gaps.sort_values([*NEED, "purpose"], kind="stable").drop_duplicates(NEED)  # the role held comes first
    main = main.merge(gaps[[*NEED, "standard", "level", "gap", "basis"]], on=NEED, how="left")
    main = main.merge(rest, on=SEAT, how="left").fillna({"others": ""})
    main["basis"] = [words.code("basis", basis) if isinstance(basis, str) else "" for basis in main["basis"]]
    columns = [*SEAT, "kind", "name", "others", "standard", "level", "gap", "basis"]
    return main[columns].rename(columns={"name": "competency"})


def waiting_rows(plan: TrainingPlan, words: Words) -> pd.DataFrame:
    """Return one row per person who waits, with the limits in the way as sentences."""
    people = plan.people[["employee_id", "name", "role", "unit"]]
    sessions = plan.sessions[["session_id", "title"]]
    rows = plan.waiting.merge(people, on="employee_id", how="left").merge(sessions, on="session_id", how="left")
    lines, units = line_names(plan.budgets, words), unit_names(plan)
    return rows.assign(why=[words.limits(names, lines, units) for names in rows["limits"]])


def budget_rows(plan: TrainingPlan, words: Words) -> pd.DataFrame:
    """Return the lines with their names, all units before single units, all money first."""
    lines, names = plan.budgets, line_names(plan.budgets, words)
    rows = lines.assign(
        line=[names[budget_id] for budget_id in lines["budget_id"]],
        used_share=np.where(lines["amount"] > 0, lines["used"] / lines["amount"].clip(lower=1), 0.0),
        million=lines["price"] * 1e6,
        of_unit=lines["unit_id"].ne(""),
        part=lines["account"].ne("any"),
    )
    return rows.sort_values(["of_unit", "part", "account", "unit", "budget_id"], kind="stable")


def unit_names(plan: TrainingPlan) -> dict[str, str]:
    """Return the name of each unit that has people."""
    return dict(zip(plan.units["unit_id"], plan.units["unit"], strict=True))


def by_limit(plan: TrainingPlan, words: Words) -> pd.DataFrame:
    """Count the people who wait by the limit in their way; somebody may meet several. Most people first."""
    lines, units = line_names(plan.budgets, words), unit_names(plan)
    met: list[str] = []
    for names in plan.waiting["limits"]:
        met += dict.fromkeys(words.limit(row, lines, units) for row in rows_of(names))
    counted = pd.Series(met, dtype="str").value_counts().rename_axis("limit").reset_index(name="people")
    return counted.sort_values(["people", "limit"], ascending=[False, True], kind="stable")


def by_quarter(plan: TrainingPlan) -> pd.DataFrame:
    """Sum the open sessions by the quarter in which they begin; quarter 0 has no date."""
    opened = plan.sessions[plan.sessions["status"].eq("open")]
    quarter = opened["starts_on"].dt.quarter.fillna(0).astype("int64")
    jp = (opened["jp"] * opened["seats"]).rename("jp")
    frame = opened[["seats", "cost"]].assign(quarter=quarter, sessions=1, jp=jp)
    return frame.groupby("quarter").sum().reset_index()


def by_form(plan: TrainingPlan, words: Words) -> pd.DataFrame:
    """Sum the open sessions by form of training, most seats first."""
    opened = plan.sessions[plan.sessions["status"].eq("open")]
    frame = opened[["form", "seats", "cost"]].assign(sessions=1, jp=opened["jp"] * opened["seats"])
    frame = frame.groupby("form").sum().reset_index().sort_values(["seats", "form"], ascending=[False, True])
    names = {form: known.name(words.language) for form, known in forms().items()}
    return frame.assign(name=[names.get(form, form) for form in frame["form"]])


def by_competency(plan: TrainingPlan, words: Words, most: int) -> pd.DataFrame:
    """Sum the expected levels closed by competency: the ``most`` that gain most."""
    levels = levels_by_step(plan).rename("levels").reset_index()
    people = levels.groupby("competency_id")["employee_id"].nunique().rename("people")
    frame = levels.groupby("competency_id")["levels"].sum().round(9).to_frame().join(people).reset_index()
    short = plan.gaps[plan.gaps["gap"].fillna(0) > 0].groupby("competency_id")["employee_id"].nunique()
    frame["short"] = frame["competency_id"].map(short).fillna(0).astype("int64")
    frame = frame.sort_values(["levels", "competency_id"], ascending=[False, True], kind="stable").head(most)
    frame = frame.merge(plan.competencies, on="competency_id", how="left")
    return frame.assign(kind=[words.code("kind", kind) for kind in frame["kind"]])


def by_problem(plan: TrainingPlan) -> pd.DataFrame:
    """Count the remarks on the data by table, column and kind; no values, so no names."""
    frame = pd.DataFrame(
        [(p.table, p.column or "", p.kind) for p in plan.problems], columns=["table", "column", "kind"], dtype="str"
    )
    return frame.groupby(["table", "column", "kind"]).size().rename("count").reset_index()


def share(part: float, whole: float) -> float:
    """Return part / whole, at most 1; 0 of nothing."""
    return float(np.clip(part / whole, 0, 1)) if whole else 0.0
