"""Candidates as the arrays of an ``AllocationProblem``, in an order that does not depend on the caller's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from karier_reco.allocation.lines import Lines
from karier_reco.catalogue import PAIR, on_offer
from karier_reco.dataset import Dataset
from karier_reco.errors import LimitsError, masked
from karier_reco.optimiser import AllocationProblem
from karier_reco.rules import forms, rule
from karier_reco.settings import Limits
from karier_reco.tables import TABLES

Ints = NDArray[np.int64]
SEAT = ["employee_id", "session_id"]
LOOKED_UP = ("course_id", "jp", "starts_on", "ends_on", "fee", "travel", "account")


@dataclass(frozen=True, eq=False)
class Seats:
    """Candidates in order of person and session, with the people and sessions that they name.

    ``table`` has one row per seat, ``order`` the caller's row of each; ``people`` and ``sessions`` have one row per
    person and session, in order of id; ``person`` and ``session`` (E,) point to them.
    """

    table: pd.DataFrame
    order: Ints
    people: pd.DataFrame
    sessions: pd.DataFrame
    person: Ints
    session: Ints
    data: Dataset
    limits: Limits
    year: int | None
    as_of: date | None

    @classmethod
    def of(cls, candidates: pd.DataFrame, data: Dataset, limits: Limits, year: int | None, as_of: date | None) -> Self:
        """Look up what is missing, refuse what does not fit the tables."""
        _check(candidates, data)
        order = np.lexsort([candidates[column].to_numpy(dtype=object) for column in reversed(SEAT)])
        table = candidates.iloc[order].reset_index(drop=True)
        sessions = on_offer(data, year=None, as_of=None).sort_values("session_id", ignore_index=True)
        held = held_sessions(data, year)
        sessions = sessions[sessions["session_id"].isin(table["session_id"]) | sessions["session_id"].isin(held)]
        sessions = sessions.reset_index(drop=True)
        people = data.employees[data.employees["employee_id"].isin(table["employee_id"])]
        people = people.sort_values("employee_id", ignore_index=True)
        missing = [column for column in LOOKED_UP if column not in table]
        if missing:
            table = table.merge(sessions[["session_id", *missing]], on="session_id", how="left", sort=False)
        return cls(
            table=table,
            order=order,
            people=people,
            sessions=sessions,
            person=np.searchsorted(people["employee_id"].to_numpy(object), table["employee_id"].to_numpy(object)),
            session=np.searchsorted(sessions["session_id"].to_numpy(object), table["session_id"].to_numpy(object)),
            data=data,
            limits=limits,
            year=year,
            as_of=as_of,
        )

    def problem(self, closures: pd.DataFrame | None, must: Ints) -> AllocationProblem:
        """Return the problem with every limit of the tables and of ``limits``."""
        value, gain, cap = self._needs(closures)
        lines = Lines.of(self.data, self.people, self.sessions, self.limits, self.year)
        requires, requires_met = self._requires()
        seats = self.sessions["max_seats"].to_numpy(dtype=np.float64, na_value=np.inf)
        return AllocationProblem(
            person=self.person,
            session=self.session,
            value=value,
            cost=lines.cost(self.table, self.person, self.session),
            budget=lines.amount,
            max_seats=np.minimum(seats, len(self.people)).astype(np.int64),
            hours=self.sessions["jp"].to_numpy(dtype=np.int64),
            min_seats=self.sessions["min_seats"].to_numpy(dtype=np.int64, na_value=0),
            opening_cost=lines.opening_cost(),
            max_sessions=self.limits.max_sessions,
            max_hours=self._by_employment("max_jp", 10**6),
            exclusive=self._exclusive(),
            requires=requires,
            requires_met=requires_met,
            must=must,
            hold=self.sessions["session_id"].isin(held_sessions(self.data, self.year)).to_numpy(),
            names={
                "lines": lines.names,
                "sessions": list(self.sessions["session_id"]),
                "people": [masked(name) for name in self.people["employee_id"]],
                **({"groups": self._floor_names()} if self.limits.floors else {}),
            },
            need_gain=gain,
            need_cap=cap,
            **self._targets(),
            **self._floors(),
        )

    def locked(self) -> Ints:
        """Return (E,) a number for each locked seat, -1 for the others; a lock without a candidate is refused."""
        locks = self.data.decisions[self.data.decisions["decision"] == "lock"]
        in_year = on_offer(self.data, self.year, None)["session_id"]
        locks = locks[locks["session_id"].isin(in_year)]
        seats = pd.MultiIndex.from_frame(self.table[SEAT])
        for decision in locks.to_dict("records"):
            if (decision["employee_id"], decision["session_id"]) not in seats:
                raise LimitsError(
                    f"decisions, {decision['decision_id']}: got a lock of {masked(decision['employee_id'])} in "
                    f"{decision['session_id']}; expected a candidate. Add the seat, or take back the lock.",
                    argument="decisions",
                    index=decision["decision_id"],
                    value=decision["session_id"],
                )
        is_locked = seats.isin(pd.MultiIndex.from_frame(locks[SEAT]))
        return np.where(is_locked, np.cumsum(is_locked) - 1, -1)

    def _by_employment(self, name: str, otherwise: int) -> Ints:
        """Return (P,) the JP that a limit, else the rule of the year, gives each person's employment."""
        given: Mapping[str, int] | None = getattr(self.limits, name)
        by = rule(name, self.as_of).value if given is None else given
        jp = [by.get(employment, otherwise) for employment in self.people["employment"]]
        return np.array(jp, dtype=np.int64)

    def _targets(self) -> dict[str, Any]:
        return {"target_hours": self._by_employment("target_jp", 0), "hour_value": self.data.settings.jp_value}

    def _floors(self) -> dict[str, Any]:
        if not self.limits.floors:
            return {}
        members = [
            (self.people[column] == value).to_numpy() for column, by in self.limits.floors.items() for value in by
        ]
        floor = [least for by in self.limits.floors.values() for least in by.values()]
        return {"groups": sparse.csr_array(np.column_stack(members)), "floor": np.array(floor, dtype=np.float64)}

    def _floor_names(self) -> list[str]:
        return [f"{column}={value}" for column, by in self.limits.floors.items() for value in by]

    def _exclusive(self) -> list[Ints]:
        """Return groups of sessions of which a person has one at most: of one course, or on the same days."""
        by_course = self.sessions.groupby("course_id").indices.values()
        groups = [np.sort(group) for group in by_course if len(group) > 1]
        known = forms()
        blocks = (
            self.sessions["form"].map({code: form.blocks_dates for code, form in known.items()}).astype(bool).to_numpy()
        )
        blocks = blocks & self.sessions["starts_on"].notna().to_numpy()
        starts, ends = self.sessions["starts_on"].to_numpy(), self.sessions["ends_on"].to_numpy()
        # On a line, sessions that overlap two by two share a day, and it is some session's first one.
        together = {tuple(np.flatnonzero(blocks & (starts <= day) & (ends >= day))) for day in starts[blocks]}
        largest = [clique for clique in sorted(together) if not any(set(clique) < set(other) for other in together)]
        return groups + [np.array(clique, dtype=np.int64) for clique in largest if len(clique) > 1]

    def _requires(self) -> tuple[list[tuple[int, Ints]], NDArray[np.bool_] | None]:
        """Return what sessions require: a seat in a session of the required course that ends before they start."""
        history = self.data.history[self.data.history["passed"]]
        if self.as_of is not None:
            history = history[history["finished_on"] <= pd.Timestamp(self.as_of)]
        passed = pd.MultiIndex.from_frame(history[PAIR])
        rows: list[tuple[int, Ints]] = []
        met = []
        of_course = self.sessions.groupby("course_id").indices
        starts, ends = self.sessions["starts_on"].to_numpy(), self.sessions["ends_on"].to_numpy()
        pairs = self.data.prerequisites.sort_values(list(TABLES["prerequisites"].key))
        for course, required in pairs[["course_id", "requires_id"]].itertuples(index=False):
            has = pd.MultiIndex.from_product([self.people["employee_id"], [required]]).isin(passed)
            for session in of_course.get(course, ()):
                group = np.asarray(of_course.get(required, ()), dtype=np.int64)
                known = ~np.isnat(ends[group]) & ~np.isnat(starts[session])
                rows.append((int(session), group[~known | (ends[group] < starts[session])]))
                met.append(has[self.person])
        return rows, np.column_stack(met) if met else None

    def _needs(self, closures: pd.DataFrame | None) -> tuple[NDArray[np.float64], Any, NDArray[np.float64] | None]:
        """Return value apart from needs, gains and caps: only steps that several courses close need a cap."""
        value = self.table["value"].to_numpy(dtype=np.float64)
        if closures is None or closures.empty:
            return value, None, None
        seats = pd.MultiIndex.from_frame(self.table[SEAT])
        seat = seats.get_indexer(pd.MultiIndex.from_frame(closures[SEAT]))
        rows = closures.assign(seat=seat)[seat >= 0].sort_values(["seat", "competency_id", "step"], kind="stable")
        at = rows["seat"].to_numpy()
        made_of = np.bincount(at, weights=rows["value"], minlength=len(value))
        bonus = self.table["bonus"].to_numpy(dtype=np.float64) if "bonus" in self.table else np.zeros(len(value))
        whole = made_of + bonus
        scale = np.divide(value, whole, out=np.ones(len(value)), where=whole > 0)
        rows["gain"] = rows["value"].to_numpy() * scale[at]
        rows["cap"] = rows["weight"] * np.maximum(1.0, scale[at])
        rows["course_id"] = self.table["course_id"].to_numpy()[at]
        need = ["employee_id", "competency_id", "step"]
        by_course = rows.groupby([*need, "course_id"], sort=False)["gain"].max()
        together = by_course.groupby(level=need, sort=False).sum()
        cap = rows.groupby(need, sort=False)["cap"].max()
        binding = together.index[together.to_numpy() > cap.reindex(together.index).to_numpy() * (1 + 1e-12)]
        column_of: Ints = binding.sort_values().get_indexer(pd.MultiIndex.from_frame(rows[need]))
        capped = column_of >= 0
        apart = np.where(whole > 0, bonus * scale, value)
        value = apart + np.bincount(at[~capped], weights=rows["gain"][~capped], minlength=len(value))
        if not capped.any():
            return value, None, None
        gain = sparse.csr_array(
            sparse.coo_array(
                (rows["gain"].to_numpy()[capped], (at[capped], column_of[capped])), shape=(len(value), len(binding))
            )
        )
        return value, gain, cap.reindex(binding.sort_values()).to_numpy(dtype=np.float64)


def held_sessions(data: Dataset, year: int | None) -> pd.Series:
    """Return the sessions of the year that a decision holds: they take place."""
    held = data.decisions.loc[data.decisions["decision"] == "hold", "session_id"]
    return held[held.isin(on_offer(data, year, None)["session_id"])]


def _check(candidates: pd.DataFrame, data: Dataset) -> None:
    """Refuse candidates without the needed columns, of unknown people or sessions, twice, or of no finite value."""
    for column in [*SEAT, "value"]:
        if column not in candidates:
            _refuse("candidates", column, str(list(candidates.columns)), f"{column!r} among the columns", "Add it.")
    known = {"employee_id": data.people["employee_id"], "session_id": on_offer(data, None, None)["session_id"]}
    for column, ids in known.items():
        _check_rows(candidates, column, ~candidates[column].isin(ids).to_numpy(), "one that is planned for")
    twice = candidates.duplicated(SEAT).to_numpy()
    _check_rows(candidates, "session_id", twice, "each person and session once")
    value = candidates["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    _check_rows(candidates, "value", ~(np.isfinite(value) & (value >= 0)), "a finite number, 0 or more")


def _check_rows(candidates: pd.DataFrame, column: str, wrong: NDArray[np.bool_], rule: str) -> None:
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        value = str(candidates[column].iloc[at])
        shown = masked(value) if column == "employee_id" else value
        _refuse(f"candidates row {at}, {column}", at, shown, rule, "Correct the row or leave it out.")


def _refuse(place: str, index: object, value: str, rule: str, remedy: str) -> None:
    raise LimitsError(
        f"{place}: got {value}; expected {rule}. {remedy}", argument="candidates", index=index, value=value
    )
