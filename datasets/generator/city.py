"""The flow: from content, number of people and seed to every table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from generator import assessments, catalogue, content, money, offers, organisation, people, records, wishes
from karier_reco.tables import TABLES

YEAR = 2027
GROUPS = ("managers", "teachers", "health", "specialists", "support")


def build(number: int, seed: int, exclude: Sequence[str] = (), part_time: float = 0.0) -> dict[str, pd.DataFrame]:
    """Return the tables of a city of ``number`` people, less those of the groups in ``exclude``.

    Leaving a group out removes its people from every table; roles, units, sessions and money stay.
    """
    texts = content.read()
    copies = max(1, round(number / texts.numbers["people"]["city"]))
    everybody = people.employees(texts, number, seed, copies, part_time)
    staff = everybody[~everybody["group"].isin(exclude)].reset_index(drop=True)
    standards = organisation.standards(texts)
    courses, outcomes = catalogue.courses(texts, seed, number)
    history = records.history(texts, staff, standards, courses, outcomes, seed)
    mandates = wishes.mandates(texts, staff, seed)
    return {
        "employees": staff,
        "units": organisation.units(texts, copies),
        "roles": organisation.roles(texts),
        "competencies": organisation.competencies(texts),
        "standards": standards,
        "assessments": assessments.assessments(texts, staff, standards, seed),
        "courses": courses,
        "outcomes": outcomes,
        "sessions": offers.sessions(texts, courses, mandates, seed, number, YEAR),
        "budgets": money.budgets(texts, number, copies, YEAR),
        "history": history,
        "evaluations": records.evaluations(texts, history, courses, outcomes, seed),
        "prerequisites": catalogue.prerequisites(courses, outcomes),
        "mandates": mandates,
        "requests": wishes.requests(texts, staff, standards, outcomes, courses, seed),
    }


def write(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write every table in key order, with the columns that ``TABLES`` names and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        known = TABLES[name]
        kept = [column for column in known.names if column in table]
        rows = table[kept].sort_values(list(known.key), kind="stable")
        for flag in (column.name for column in known if column.kind == "flag"):
            rows[flag] = rows[flag].map({True: "true", False: "false"})
        rows.to_csv(
            folder / f"{name}.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.12g"
        )
