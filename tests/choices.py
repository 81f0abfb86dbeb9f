"""The best plan of a small city by trying every choice of seats, from the tables and the law alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from karier_reco.dataset import Dataset
from karier_reco.rules import forms, rule
from karier_reco.settings import Limits
from tests.loops import finished, rows

Seat = dict[str, Any]


@dataclass(frozen=True)
class City:
    """Everything that the rules need, looked up once."""

    data: Dataset
    limits: Limits
    year: int
    closures: dict[tuple[str, str], list[dict[str, Any]]]

    def employee(self, name: str) -> dict[str, Any]:
        return next(row for row in rows(self.data.employees) if row["employee_id"] == name)

    def session(self, name: str) -> dict[str, Any]:
        return next(row for row in rows(self.data.sessions) if row["session_id"] == name)

    def form(self, course: str) -> str:
        return str(next(row["form"] for row in rows(self.data.courses) if row["course_id"] == course))

    def decided(self, decision: str) -> list[dict[str, Any]]:
        return [row for row in rows(self.data.decisions) if row["decision"] == decision]

    def lines(self) -> list[tuple[str, str, str, int]]:
        """Name, account, unit and amount of the year's lines."""
        found = [
            (row["budget_id"], row["account"], row["unit_id"], row["amount"])
            for row in rows(self.data.budgets)
            if pd.isna(row["year"]) or row["year"] == self.year
        ]
        total = [] if self.limits.budget is None else [("(limit)", "any", "", self.limits.budget)]
        return found + total

    def above(self, unit: str) -> list[str]:
        parent = {row["unit_id"]: row["parent_id"] for row in rows(self.data.units)}
        chain = [unit]
        while parent[chain[-1]]:
            chain.append(parent[chain[-1]])
        return chain


def uncovered(city: City, seats: list[Seat]) -> bool:
    """Whether some seat, or the opening of some session, charges an account that no line limits."""
    for seat in seats:
        units = city.above(city.employee(seat["employee_id"])["unit_id"])
        for amount, account in ((seat["fee"], seat["account"]), (seat["travel"], "travel")):
            if amount and not any(of in (account, "any") and unit in ("", *units) for _, of, unit, _ in city.lines()):
                return True
        session = city.session(seat["session_id"])
        if session["opening_cost"] and not any(
            of in (session["account"], "any") and unit == "" for _, of, unit, _ in city.lines()
        ):
            return True
    return False


def allowed(city: City, seats: list[Seat], *, whole: bool = True) -> bool:
    """Whether seats keep every rule; ``whole`` also asks for minimum classes, locks and holds."""
    return (
        _money(city, seats)
        and _rooms(city, seats, whole)
        and all(_person(city, name, mine) for name, mine in _by_person(seats).items())
        and (not whole or _decisions(city, seats))
    )


def _by_person(seats: list[Seat]) -> dict[str, list[Seat]]:
    return {name: [s for s in seats if s["employee_id"] == name] for name in {s["employee_id"] for s in seats}}


def _money(city: City, seats: list[Seat]) -> bool:
    for _, account, unit, amount in city.lines():
        spent = 0
        for seat in seats:
            if unit and unit not in city.above(city.employee(seat["employee_id"])["unit_id"]):
                continue
            spent += seat["fee"] * (account in (seat["account"], "any"))
            spent += seat["travel"] * (account in ("travel", "any"))
        for name in {seat["session_id"] for seat in seats} if not unit else ():
            session = city.session(name)
            spent += session["opening_cost"] * (account in (session["account"], "any"))
        if spent > amount:
            return False
    return True


def _rooms(city: City, seats: list[Seat], whole: bool) -> bool:
    for name, count in Counter(seat["session_id"] for seat in seats).items():
        session = city.session(name)
        if not pd.isna(session["max_seats"]) and count > session["max_seats"]:
            return False
        if whole and not pd.isna(session["min_seats"]) and count < session["min_seats"]:
            return False
    return True


def _person(city: City, name: str, mine: list[Seat]) -> bool:
    if city.limits.max_sessions is not None and len(mine) > city.limits.max_sessions:
        return False
    if len({seat["course_id"] for seat in mine}) < len(mine):
        return False
    most = (city.limits.max_jp if city.limits.max_jp is not None else rule("max_jp").value).get(
        city.employee(name)["employment"]
    )
    if most is not None and sum(seat["jp"] for seat in mine) > most:
        return False
    days = sorted(
        (seat["starts_on"], seat["ends_on"])
        for seat in mine
        if forms()[city.form(seat["course_id"])].blocks_dates and not pd.isna(seat["starts_on"])
    )
    if any(later[0] <= earlier[1] for earlier, later in pairwise(days)):
        return False
    passed, _ = finished(city.data, name, None)
    for seat in mine:
        for row in rows(city.data.prerequisites):
            if row["course_id"] != seat["course_id"] or row["requires_id"] in passed:
                continue
            before = [s for s in mine if s["course_id"] == row["requires_id"]]
            if not any(
                pd.isna(s["ends_on"]) or pd.isna(seat["starts_on"]) or s["ends_on"] < seat["starts_on"] for s in before
            ):
                return False
    return True


def _decisions(city: City, seats: list[Seat]) -> bool:
    granted = {(seat["employee_id"], seat["session_id"]) for seat in seats}
    cancelled = {row["session_id"] for row in city.decided("cancel")}

    def counts(session: str) -> bool:
        starts = city.session(session)["starts_on"]
        return session not in cancelled and (pd.isna(starts) or starts.year == city.year)

    locks = [row for row in city.decided("lock") if counts(row["session_id"])]
    holds = [row for row in city.decided("hold") if row["session_id"] not in cancelled]
    return all((row["employee_id"], row["session_id"]) in granted for row in locks) and all(
        any(session == row["session_id"] for _, session in granted) for row in holds
    )


def worth(city: City, seats: list[Seat]) -> float:
    """Value of seats: bonuses, every step once, and JP up to the target."""
    steps: dict[tuple[str, str, int], tuple[float, float]] = {}
    value = 0.0
    for seat in seats:
        value += seat["bonus"]
        for row in city.closures.get((seat["employee_id"], seat["session_id"]), []):
            key = (seat["employee_id"], row["competency_id"], row["step"])
            share, _ = steps.get(key, (0.0, 0.0))
            steps[key] = (share + row["closure"], row["weight"])
    value += sum(min(1.0, share) * weight for share, weight in steps.values())
    for name, mine in _by_person(seats).items():
        targets = city.limits.target_jp if city.limits.target_jp is not None else rule("target_jp").value
        target = targets.get(city.employee(name)["employment"], 0)
        value += city.data.settings.jp_value * min(target, sum(seat["jp"] for seat in mine))
    return value


def mandates(city: City, seats: list[Seat]) -> frozenset[tuple[str, str]]:
    """Person and course of the mandates of importance 1 that seats fulfil."""
    tiers = {row["role_id"]: row["tier"] for row in rows(city.data.roles)}
    found = set()
    for seat in seats:
        person = city.employee(seat["employee_id"])
        for row in rows(city.data.mandates):
            if row["importance"] == 1 and row["course_id"] == seat["course_id"]:
                fits = (
                    row["employee_id"] in ("", person["employee_id"])
                    and row["role_id"] in ("", person["role_id"])
                    and row["tier"] in ("", tiers[person["role_id"]])
                )
                if fits:
                    found.add((seat["employee_id"], seat["course_id"]))
    return frozenset(found)


def plans(city: City, seats: list[Seat]) -> list[list[Seat]]:
    """Every choice of seats that keeps all rules."""
    found: list[list[Seat]] = []

    def grow(at: int, chosen: list[Seat]) -> None:
        if at == len(seats):
            if allowed(city, chosen):
                found.append(list(chosen))
            return
        grow(at + 1, chosen)
        chosen.append(seats[at])
        if _money(city, chosen) and _rooms(city, chosen, whole=False):  # neither can be mended by more seats
            grow(at + 1, chosen)
        chosen.pop()

    grow(0, [])
    return found


def city_of(data: Dataset, limits: Limits, year: int, closures: pd.DataFrame) -> City:
    by_seat: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows(closures):
        by_seat.setdefault((row["employee_id"], row["session_id"]), []).append(row)
    return City(data, limits, year, by_seat)
