"""The training plan: what the allocation means for people, sessions, units and money."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco import explanation
from karier_reco.catalogue import PAIR, attended, limit_name, mandated, on_offer, still_valid
from karier_reco.dataset import Dataset
from karier_reco.errors import Problem, masked
from karier_reco.optimiser import Allocation, AllocationProblem, Room
from karier_reco.settings import Limits, Settings, as_plain
from karier_reco.texts import Language

SEAT = ["employee_id", "session_id"]
STEP = ["employee_id", "competency_id", "step"]
DUST = 1e-9
"""What is left of a step below this is rounding, not a gap."""
LIBRARIES = ("karier-reco", "numpy", "pandas", "scipy", "scikit-learn", "sparse-dot-topn", "highspy")


@dataclass(frozen=True, eq=False)
class TrainingPlan:
    """An annual training plan: a proposal, until a person decides.

    Frames: ``people, courses, competencies, gaps`` as they stood; ``candidates`` with the mask ``granted`` and
    their ``closures``; ``sessions`` (``seats, status, cost, price``), ``budgets`` (``amount, used, left, price``),
    ``waiting`` (one row per person with a gap left and a seat that would close it: the ``value`` and ``levels_closed``
    that it would add by closing, and the ``limits`` that it would break), ``units``, ``mandates`` (of importance 1),
    ``left_out``.
    ``certificate`` says what the plan is worth, how close to the best, and from what. Money is whole rupiah, ``price``
    is value per rupiah or seat.
    """

    year: int
    as_of: date
    settings: Settings
    limits: Limits
    people: pd.DataFrame
    courses: pd.DataFrame
    competencies: pd.DataFrame
    gaps: pd.DataFrame
    candidates: pd.DataFrame
    closures: pd.DataFrame
    granted: NDArray[np.bool_]
    sessions: pd.DataFrame
    budgets: pd.DataFrame
    waiting: pd.DataFrame
    units: pd.DataFrame
    mandates: pd.DataFrame
    left_out: pd.DataFrame
    problems: tuple[Problem, ...]
    certificate: Mapping[str, Any]
    allocation: Allocation

    @property
    def enrolments(self) -> pd.DataFrame:
        """The candidates that were granted, unchanged."""
        return self.candidates[self.granted].reset_index(drop=True)

    @property
    def cost(self) -> int:
        """Rupiah of all seats and of opening their sessions."""
        return int(self.sessions["cost"].sum())

    def summary(self, language: Language = "id") -> str:
        """Return the plan's figures as text, a line each."""
        lines = [f"{name}: {figure}" for name, figure in explanation.facts(self, language)]
        return "\n".join([explanation.title(self, language), *lines])

    def explain(self, employee_id: str, language: Language = "id") -> str:
        """Say what a person lacks, which seats they get and why, what they wait for and which limits are in the way.

        The employee_id is shown as its last three digits. Raises LimitsError for somebody whom the plan does not cover.
        """
        return explanation.explain(self, employee_id, language)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:right'>{escape(figure)}</td></tr>"
            for name, figure in explanation.facts(self, "id")
        )
        return f"<table><caption>{escape(explanation.title(self, 'id'))}</caption><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        return f"TrainingPlan({self.year}: {int(self.granted.sum())} seats, value {self.certificate['value']:.6g})"


def draw_up(
    allocation: Allocation,
    candidates: pd.DataFrame,
    closures: pd.DataFrame,
    gaps: pd.DataFrame,
    data: Dataset,
    limits: Limits,
    year: int,
    as_of: date,
) -> TrainingPlan:
    """Draw up the plan of an allocation over ``candidates`` (see ``allocate``)."""
    granted = allocation.granted
    sessions = _sessions(allocation, candidates, data, year)
    waiting = _waiting(allocation, candidates, closures)
    people = _people(data)
    return TrainingPlan(
        year=year,
        as_of=as_of,
        settings=data.settings,
        limits=limits,
        people=people,
        courses=_sorted(data.courses[["course_id", "title", "form", "provider", "university"]]),
        competencies=_sorted(data.competencies[["competency_id", "name", "kind"]]),
        gaps=gaps,
        candidates=candidates,
        closures=closures,
        granted=granted,
        sessions=sessions,
        budgets=_budgets(allocation, data),
        waiting=waiting,
        units=_units(candidates[granted], closures, gaps, waiting, people, data),
        mandates=_mandates(allocation, candidates, data, as_of),
        left_out=_left_out(candidates, data, year, as_of),
        problems=data.problems,
        certificate=_certificate(allocation, data, limits, year, as_of),
        allocation=allocation,
    )


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(frame.columns[0], ignore_index=True)


def _people(data: Dataset) -> pd.DataFrame:
    people = data.people.merge(
        data.roles[["role_id", "title", "tier"]].rename(columns={"title": "role"}), on="role_id", how="left"
    )
    people = people.merge(data.units[["unit_id", "name"]].rename(columns={"name": "unit"}), on="unit_id", how="left")
    columns = ["employee_id", "name", "role_id", "role", "tier", "unit_id", "unit", "employment", "grade", "gender"]
    return _sorted(people[columns])


def _sessions(allocation: Allocation, candidates: pd.DataFrame, data: Dataset, year: int) -> pd.DataFrame:
    """Return every session of the year with who sits in it, what it costs, and why it is closed."""
    cancelled = data.decisions.loc[data.decisions["decision"] == "cancel", "session_id"]
    table = on_offer(data, year, None, cancelled=True)
    table = table.merge(
        data.courses[["course_id", "title", "provider"]], on="course_id", how="left", sort=False
    ).sort_values("session_id", ignore_index=True)
    seats = candidates.loc[allocation.granted, "session_id"].value_counts()
    table["seats"] = table["session_id"].map(seats).fillna(0).astype("int64")
    is_cancelled = table["session_id"].isin(cancelled)
    table["status"] = np.where(is_cancelled, "cancelled", np.where(table["seats"] > 0, "open", "closed"))
    money = candidates.loc[allocation.granted].groupby("session_id")[["fee", "travel"]].sum().sum(axis=1)
    spent = table["session_id"].map(money).fillna(0).astype("int64")
    table["cost"] = spent + table["opening_cost"].where(table["seats"] > 0, 0)
    prices = allocation.prices
    known = {} if prices is None else dict(zip(_names(allocation.problem, "sessions"), prices.max_seats, strict=True))
    table["price"] = table["session_id"].map(known).fillna(0.0).astype("float64")
    columns = [
        "session_id", "course_id", "title", "form", "provider", "starts_on", "ends_on", "place", "jp", "account",
        "min_seats", "max_seats", "fee", "travel", "opening_cost", "seats", "status", "cost", "price",
    ]  # fmt: skip
    return table[columns]


def _names(problem: AllocationProblem, key: str) -> list[str]:
    return [str(name) for name in problem.names[key]]


def _budgets(allocation: Allocation, data: Dataset) -> pd.DataFrame:
    """Return the lines in rupiah, in the order of the problem, with what is used and left of each."""
    problem = allocation.problem
    used = problem.seat_cost.T @ allocation.seats.astype(np.int64)
    if problem.opening_cost is not None:
        used = used + problem.opening_cost.T @ allocation.opened.astype(np.int64)
    table = pd.DataFrame(
        {
            "budget_id": pd.Series(_names(problem, "lines"), dtype="str"),
            "amount": problem.budget.astype(np.int64),
            "used": np.asarray(used, dtype=np.int64),
            "price": np.zeros(problem.n_lines) if allocation.prices is None else allocation.prices.budget,
        }
    )
    table["left"] = table["amount"] - table["used"]
    known = data.budgets.set_index("budget_id")[["account", "unit_id"]].reindex(table["budget_id"])
    table["account"] = known["account"].fillna("any").to_numpy()
    table["unit_id"] = known["unit_id"].fillna("").to_numpy()
    table["unit"] = table["unit_id"].map(dict(zip(data.units["unit_id"], data.units["name"], strict=True))).fillna("")
    in_rupiah = ~table["budget_id"].str.startswith("away/") | table["budget_id"].isin(data.budgets["budget_id"])
    columns = ["budget_id", "account", "unit_id", "unit", "amount", "used", "left", "price"]
    return table.loc[in_rupiah, columns].reset_index(drop=True)


def _waiting(allocation: Allocation, candidates: pd.DataFrame, closures: pd.DataFrame) -> pd.DataFrame:
    """Return each person's best seat that would close a gap left, and the limits that adding it would break."""
    granted = pd.MultiIndex.from_frame(candidates.loc[allocation.granted, SEAT])
    rows = closures.merge(candidates[[*SEAT, "course_id"]], on=SEAT, how="left", sort=False)
    taken = pd.MultiIndex.from_frame(rows[SEAT]).isin(granted)
    closed = rows[taken].groupby(STEP)["closure"].sum()
    # Another session of a course that the person has been granted is no seat to wait for.
    had = pd.MultiIndex.from_frame(candidates.loc[allocation.granted, PAIR])
    rows = rows[~pd.MultiIndex.from_frame(rows[PAIR]).isin(had)]
    before = closed.reindex(pd.MultiIndex.from_frame(rows[STEP])).fillna(0.0).to_numpy()
    rows["levels_closed"] = np.minimum(rows["closure"], np.maximum(1.0 - before, 0.0))
    rows["value"] = rows["levels_closed"] * rows["weight"]
    rows = rows[(rows["value"] > DUST) & (rows["levels_closed"] > DUST)]
    seats = rows.groupby(SEAT, sort=True)[["value", "levels_closed"]].sum().reset_index()
    by_value = np.lexsort((seats["session_id"], -seats["value"].round(9), seats["employee_id"]))
    best = seats.iloc[by_value].drop_duplicates("employee_id").reset_index(drop=True)
    facts = candidates[[*SEAT, "course_id", "jp", "fee", "travel"]]
    best = best.merge(facts, on=SEAT, how="left", sort=False)
    best["limits"] = _broken(allocation, candidates, best)
    columns = [*SEAT, "course_id", "value", "levels_closed", "jp", "fee", "travel", "limits"]
    return best[columns]


def _broken(allocation: Allocation, candidates: pd.DataFrame, seats: pd.DataFrame) -> pd.Series:
    """Name the limits that adding each seat alone would break; a clash by the session that it clashes with."""
    rows = np.arange(len(candidates)) if allocation.order is None else allocation.order
    number = pd.MultiIndex.from_frame(candidates[SEAT].iloc[rows]).get_indexer(pd.MultiIndex.from_frame(seats[SEAT]))
    room = Room(allocation.problem, allocation.seats)
    names = _names(allocation.problem, "sessions")
    texts = []
    for seat, employee_id in zip(number.tolist(), seats["employee_id"], strict=True):
        broken = []
        for kind, *index in room.breaks(seat):
            if kind == "exclusive":
                group = set(allocation.problem.exclusive[index[1]].tolist())
                attended = room.attends[int(allocation.problem.person[seat])]
                broken += [f"clash[{masked(employee_id)}, {names[other]}]" for other in attended if other in group]
            else:
                broken.append(limit_name(allocation.problem.row_name(kind, *index)))
        texts.append("; ".join(dict.fromkeys(broken)))
    return pd.Series(texts, index=seats.index, dtype="str")


def _units(
    enrolments: pd.DataFrame,
    closures: pd.DataFrame,
    gaps: pd.DataFrame,
    waiting: pd.DataFrame,
    people: pd.DataFrame,
    data: Dataset,
) -> pd.DataFrame:
    """Sum by unit: people, those with a gap, a seat, still waiting; seats, JP, levels and the seats' rupiah."""
    unit = people.set_index("employee_id")["unit_id"]
    table = _sorted(data.units[["unit_id", "name"]].rename(columns={"name": "unit"}))

    def count(ids: pd.Series, amount: pd.Series | None = None) -> pd.Series:
        rows = pd.DataFrame({"unit_id": ids.map(unit).to_numpy(), "n": 1 if amount is None else amount.to_numpy()})
        return table["unit_id"].map(rows.groupby("unit_id")["n"].sum()).fillna(0)

    taken = closures[pd.MultiIndex.from_frame(closures[SEAT]).isin(pd.MultiIndex.from_frame(enrolments[SEAT]))]
    closed = taken.groupby(STEP)["closure"].sum().clip(upper=1.0).reset_index()
    with_gap = gaps.loc[(gaps["gap"] > 0).fillna(value=False), "employee_id"].drop_duplicates()
    table["people"] = count(people["employee_id"]).astype("int64")
    table["with_gap"] = count(with_gap).astype("int64")
    table["seated"] = count(enrolments["employee_id"].drop_duplicates()).astype("int64")
    table["seats"] = count(enrolments["employee_id"]).astype("int64")
    table["jp"] = count(enrolments["employee_id"], enrolments["jp"]).astype("int64")
    table["levels_closed"] = count(closed["employee_id"], closed["closure"]).astype("float64")
    table["cost"] = count(enrolments["employee_id"], enrolments["fee"] + enrolments["travel"]).astype("int64")
    table["waiting"] = count(waiting["employee_id"]).astype("int64")
    return table


def _mandates(allocation: Allocation, candidates: pd.DataFrame, data: Dataset, as_of: date) -> pd.DataFrame:
    """Return what became of every mandate of importance 1: granted, finished before, or deferred and by which limit."""
    table = mandated(data)
    table = table[table["importance"] == 1].sort_values(["mandate_id", "employee_id"], ignore_index=True)
    pairs = pd.MultiIndex.from_frame(table[PAIR])
    granted = pairs.isin(pd.MultiIndex.from_frame(candidates.loc[allocation.granted, PAIR]))
    finished = pairs.isin(pd.MultiIndex.from_frame(still_valid(data, as_of)))
    finished |= pairs.isin(pd.MultiIndex.from_frame(attended(data)))
    table["status"] = np.where(granted, "granted", np.where(finished, "finished", "deferred"))
    deferred = table[table["status"] == "deferred"]
    seats = candidates.merge(deferred[PAIR].drop_duplicates(), on=PAIR)[[*SEAT, "course_id"]]
    seats = seats.drop_duplicates(PAIR).reset_index(drop=True)
    seats["limits"] = _broken(allocation, candidates, seats)
    table = table.merge(seats[[*PAIR, "limits"]], on=PAIR, how="left", sort=False)
    # Without a seat on offer no limit of the plan is to blame: there is no session in the year.
    nothing = table["limits"].isna() & (table["status"] == "deferred")
    table["limits"] = table["limits"].where(~nothing, "no_session[" + table["course_id"] + "]").fillna("")
    return table[["mandate_id", "employee_id", "course_id", "importance", "status", "limits"]]


def _left_out(candidates: pd.DataFrame, data: Dataset, year: int, as_of: date) -> pd.DataFrame:
    """Count the rows of the tables that this plan does not use, each kind with its reason."""
    today = pd.Timestamp(as_of)
    cancelled = data.decisions.loc[data.decisions["decision"] == "cancel", "session_id"]
    dated = data.sessions["starts_on"].notna() & (data.sessions["starts_on"].dt.year != year)
    other = data.budgets["year"].notna() & (data.budgets["year"] != year).fillna(value=False)
    counts = [
        ("employees", len(data.employees) - len(data.people), "excluded"),
        ("sessions", int(dated.sum()), "other_year"),
        ("sessions", int((~dated & data.sessions["session_id"].isin(cancelled)).sum()), "cancelled"),
        ("budgets", int(other.sum()), "other_year"),
        ("assessments", int((data.assessments["assessed_on"] > today).sum()), "after_as_of"),
        ("history", int((data.history["finished_on"] > today).sum()), "after_as_of"),
        ("outcomes", int((data.outcomes["source"] == "rejected").sum()), "rejected"),
    ]
    ours = pd.DataFrame([row for row in counts if row[1] > 0], columns=["table", "rows", "reason"])
    return pd.concat([data.left_out[["table", "rows", "reason"]], ours], ignore_index=True)


def _certificate(allocation: Allocation, data: Dataset, limits: Limits, year: int, as_of: date) -> dict[str, Any]:
    """Return what the plan is worth, how we know, and everything that it was made from."""
    return {
        "value": allocation.value,
        "bound": allocation.bound,
        "optimality_gap": allocation.optimality_gap,
        "bound_by": allocation.bound_by,
        "bound_covers": "candidates",
        "status": allocation.status,
        "stopped_by": allocation.stopped_by,
        "method": allocation.method,
        "year": year,
        "as_of": as_of.isoformat(),
        "synthetic": data.settings.synthetic,
        "prices": _prices(allocation),
        "settings": as_plain(data.settings),
        "limits": as_plain(limits),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "hashes": dict(data.hashes),
    }


def _prices(allocation: Allocation) -> dict[str, float]:
    """Return the price of every named limit that has one."""
    if allocation.prices is None:
        return {}
    kinds = {"budget": "budget", "max_seats": "seats", "min_seats": "min_seats", "floor": "floor"}
    return {
        limit_name(allocation.problem.row_name(kind, at)): float(price)
        for name, kind in kinds.items()
        for at, price in enumerate(getattr(allocation.prices, name))
        if price > 0
    }
