"""Sessions of the plan's year: when, where, for how many, at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from generator.content import Content
from generator.draws import pick_weighted, rows_of, stream, to_thousands

RUNS = {
    "e-learning": 2.0, "distance": 1.5, "course": 1.4, "workshop": 1.4, "guidance": 1.7, "managerial": 2.0,
    "sociocultural": 2.0, "seminar": 1.0, "outreach": 2.0, "coaching": 2.0, "mentoring": 2.0, "functional": 1.0,
    "benchmarking": 1.0, "internship": 1.0, "degree": 1.0, "structural": 1.0,
}  # fmt: skip
"""Sessions a year of a course of that form, for a city of 3,600 [assumed]."""

WAVES = {"LATSAR": 2, "PKP": 1, "PKA": 1, "PKN-II": 1}
"""Sessions of the programmes in a city of 3,600 [assumed]."""

LODGED_DAYS = {"LATSAR": 0, "PKP": 20, "PKA": 20, "PKN-II": 25}
"""Days of a programme spent away in the organiser's lodgings [assumed]."""

PROGRAMME_DAYS = {"LATSAR": 64, "PKP": 96, "PKA": 91, "PKN-II": 110}
"""Length of the blended programmes: Latsar and PKP as published, the others near them [assumed]."""


@dataclass(frozen=True)
class Offer:
    """What a session costs and holds, before it has a date."""

    place: str
    min_seats: int
    max_seats: int | None
    fee: int
    travel: int
    opening_cost: int
    account: str


def sessions(
    content: Content, courses: pd.DataFrame, mandates: pd.DataFrame, seed: int, people: int, year: int
) -> pd.DataFrame:
    """Return the sessions: a little slower in number than the people, at least one of what somebody must have."""
    rng = stream(seed, "sessions")
    scale = people / content.numbers["people"]["city"]
    mandated = set(mandates["course_id"])
    rows: list[dict[str, Any]] = []
    for course in rows_of(courses):
        runs = max(_runs(rng, course, scale), int(course["course_id"] in mandated))
        for run in range(runs):
            starts_on, ends_on = _dates(rng, course, year, (run + rng.random()) / runs)
            rows.append(
                {
                    "session_id": f"{course['course_id']}-{run + 1}",
                    "course_id": course["course_id"],
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                    **vars(_offer(rng, content, course, scale / runs)),
                }
            )
    return pd.DataFrame(rows).astype({"max_seats": "Int64"})


def _runs(rng: np.random.Generator, course: dict[str, Any], scale: float) -> int:
    wave = WAVES.get(course["course_id"])
    if wave is not None:
        return max(1, round(wave * scale))
    # A larger population needs more classes, but only larger classes online.
    expected = RUNS[course["form"]] * (min(scale, 1.0) if course["form"] == "e-learning" else scale) ** 0.75
    return int(expected + rng.random())


def _dates(rng: np.random.Generator, course: dict[str, Any], year: int, part: float) -> tuple[date, date]:
    """Return first and last day; ``part`` is how far into the year the session lies, 0-1.

    Classes start on a working day and, where they are short enough, end in the same week.
    """
    form = course["form"]
    if form == "degree":
        starts_on = _monday(date(year, 2 if rng.random() < 0.4 else 8, 10))
        return starts_on, date(year, 12, 17)
    days = PROGRAMME_DAYS.get(course["course_id"], int(course["days"]))
    if form in ("e-learning", "distance"):
        days = int(rng.integers(14, 61))
    elif form in ("coaching", "mentoring"):
        days = int(rng.choice([60, 90]))
    elif form == "seminar":
        days = 1
    elif form == "workshop":
        days = int(rng.integers(1, 4))
    elif form == "internship":
        days = 12
    elif form == "benchmarking":
        days = int(rng.integers(2, 4))
    span = 330 - days
    monday = _monday(date(year, 1, 18) + timedelta(days=int(part * span)))
    if days <= 5:
        starts_on = monday + timedelta(days=int(rng.integers(0, 6 - days)))
        return starts_on, starts_on + timedelta(days=days - 1)
    last = monday + timedelta(days=days - 1)
    return monday, last - timedelta(days=max(0, last.weekday() - 4))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _offer(rng: np.random.Generator, content: Content, course: dict[str, Any], scale: float) -> Offer:
    """Return the offer of one session; ``scale`` is how many cities of 3,600 it serves."""
    form = course["form"]
    if form == "structural":
        return _programme(content, course["course_id"], scale)
    if course["course_id"] == "ORIENTASI-PPPK":
        return Offer("daring", 0, None, 0, 0, 0, "fee")
    if form == "degree":
        low, high = content.numbers["prices"]["degree"]
        place = "Tanjungpinang" if rng.random() < 0.6 else "Batam"
        fee = to_thousands(rng.uniform(low, high), 500_000)
        return Offer(place, 0, int(rng.integers(2, 5)), fee, 0, 0, "scholarship")
    if form in ("e-learning", "distance"):
        return _online(rng, form, max(1, round(scale)))
    if form in ("coaching", "mentoring"):
        return Offer("Tanjungpinang", 0, int(rng.integers(5, 13)), 0, 0, 0, "fee")
    return _class(rng, content, course) if course["in_house"] else _external(rng, content, course)


def _programme(content: Content, course_id: str, scale: float) -> Offer:
    prices = content.numbers["prices"]
    if course_id == "LATSAR":
        return Offer("Tanjungpinang", 5, 40, prices["latsar"], 0, 0, "fee")
    place = {"PKP": "Batam", "PKA": "Batam", "PKN-II": "Jakarta"}[course_id]
    seats = max(1, round({"PKP": 8, "PKA": 5, "PKN-II": 2}[course_id] * max(scale, 0.25)))
    travel = content.numbers["travel"][place][1] + LODGED_DAYS[course_id] * content.numbers["travel"]["lodged"]
    return Offer(place, 0, seats, prices["leadership"][course_id], travel, 0, "fee")


def _online(rng: np.random.Generator, form: str, size: int) -> Offer:
    if form == "distance":
        return Offer(
            "daring", 0, int(rng.integers(10, 41)), to_thousands(rng.uniform(300_000, 1_500_000), 50_000), 0, 0, "fee"
        )
    free = rng.random() < 0.85
    fee = 0 if free else to_thousands(rng.uniform(100_000, 350_000), 25_000)
    seats = None if rng.random() < 0.12 else int(rng.choice([30, 40, 60, 80, 100, 150, 250])) * size
    return Offer("daring", 0, seats, fee, 0, 0, "fee")


def _class(rng: np.random.Generator, content: Content, course: dict[str, Any]) -> Offer:
    """Return a class that the city holds: it opens for a price and needs enough people."""
    prices = content.numbers["prices"]
    days = int(course["days"])
    fixed, daily = prices["opening"]
    opening = to_thousands(min(40_000_000, max(10_000_000, (fixed + daily * days) * rng.uniform(0.85, 1.3))), 500_000)
    return Offer(
        place="Tanjungpinang",
        min_seats=int(rng.choice([10, 12, 15, 20])),
        max_seats=int(rng.choice([20, 25, 30, 35, 40])),
        fee=prices["in_house_head"] * days,
        travel=0,
        opening_cost=opening,
        account="in_house",
    )


def _external(rng: np.random.Generator, content: Content, course: dict[str, Any]) -> Offer:
    """Return seats at somebody else's class: contribution, fare, daily allowance and nights away."""
    numbers = content.numbers["travel"]
    form, days = course["form"], {"internship": 12, "benchmarking": 3}.get(course["form"], int(course["days"]))
    places = {name: share for name, share in numbers["places"].items() if form != "benchmarking" or share < 0.2}
    place = pick_weighted(rng, places)
    daily, fare, night = numbers[place]
    if days > 5:
        travel = fare + (numbers["lodged"] if fare else daily) * days
    else:
        travel = fare + daily * days + (night * days if fare else 0)
    low, high = content.numbers["prices"]["external"]
    middle = {"seminar": 0.15, "benchmarking": 0.1, "internship": 0.3, "functional": 0.75}.get(form, 0.4)
    fee = to_thousands(min(high, max(low, low + (high - low) * rng.normal(middle, 0.15))), 50_000)
    return Offer(place, 0, int(rng.integers(2, 16)), fee, to_thousands(travel), 0, "fee")
