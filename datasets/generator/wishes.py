"""Mandates and requests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from generator.content import Content
from generator.draws import columns, stream
from generator.people import AHEAD

LAST_YEAR = 2026 + AHEAD
"""Contract staff appointed then still lack their orientation."""

FUNCTIONAL = {
    "AUDITOR-P": "K.T.WAS.1.1",
    "PBJ-P": "K.T.PBJ.1.1",
    "PENGUJI-KENDARAAN": "K.T.HUB.2.1",
    "PENERA": "K.T.DAG.2.1",
}
"""Roles whose functional training is a condition, and the course."""

LEADERSHIP = {"pengawas": ("PKP", 5, 4), "administrator": ("PKA", 2, 3), "jpt_pratama": ("PKN-II", 1, 1)}
"""By tier: programme, people newly appointed (importance 1), people without it (importance 2), in a city of 3,600."""

STUDYING = {"PERENCANA-M": "S2-AP", "AUDITOR-P": "S2-AKT", "PERAWAT-H": "S1-KEP"}
"""Roles of which one person is in the second year of a degree, and which."""

INTEGRITY, GRATUITY, EMERGENCY = "K.M.1.1", "K.T.WAS.3.2", "L.05"


def mandates(content: Content, people: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return mandates for persons (induction, leadership), roles and tiers."""
    rng = stream(seed, "mandates")
    reasons = content.wishes["mandates"]
    scale = len(people) / content.numbers["people"]["city"]
    tier = people["role_id"].map(content.roles.set_index("role_id")["tier"])
    new = people["employment"] == "CPNS"
    contract = people["employment"].str.startswith("PPPK") & (people["appointed_on"].dt.year == LAST_YEAR)
    rows = [("LATSAR", "", "", who, 1, reasons["latsar"]) for who in people["employee_id"][new]]
    rows += [("ORIENTASI-PPPK", "", "", who, 1, reasons["orientation"]) for who in people["employee_id"][contract]]
    for name, (course, first, second) in LEADERSHIP.items():
        ids = people["employee_id"][tier == name].to_numpy(object)
        counts = [max(1, round(first * scale)), max(1, round(second * scale))]
        chosen = rng.permutation(len(ids))[: sum(counts)]
        for place, who in enumerate(ids[chosen]):
            importance = 1 if place < counts[0] else 2
            rows.append((course, "", "", who, importance, reasons[f"leadership_{importance}"]))
    permanent = people[people["employment"] == "PNS"]
    for role, course in STUDYING.items():
        ids = permanent["employee_id"][permanent["role_id"] == role].to_numpy(object)
        rows += [(course, "", "", who, 1, reasons["studying"]) for who in rng.permutation(ids)[:1]]
    rows += [(course, "", role, "", 2, reasons["functional"]) for role, course in FUNCTIONAL.items()]
    rows += [(INTEGRITY, name, "", "", 3, reasons["integrity"]) for name in ("pelaksana", "pengawas")]
    rows += [(GRATUITY, name, "", "", 3, reasons["gratuity"]) for name in ("jpt_pratama", "administrator")]
    rows += [(EMERGENCY, "", role, "", 3, reasons["emergency"]) for role in ("DAMKAR-T", "POLPP-T")]
    table = pd.DataFrame(rows, columns=["course_id", "tier", "role_id", "employee_id", "importance", "reason"])
    table.insert(0, "mandate_id", [f"W{number:05d}" for number in range(1, len(table) + 1)])
    return table


def requests(
    content: Content,
    people: pd.DataFrame,
    standards: pd.DataFrame,
    outcomes: pd.DataFrame,
    courses: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Return requests of last year, each for a course that teaches something of the person's standard."""
    rng = stream(seed, "requests")
    count = round(content.numbers["records"]["requests"] * len(people) / content.numbers["people"]["city"])
    who = people.iloc[np.sort(rng.permutation(len(people))[:count])]
    wanted = courses.loc[courses["form"] != "structural", "course_id"]
    taught = outcomes[(outcomes["source"] != "rejected") & outcomes["course_id"].isin(wanted)]
    offers = who[["employee_id", "role_id"]].merge(standards, on="role_id").merge(taught, on="competency_id")
    offers = offers.drop_duplicates(["employee_id", "course_id"])
    offers = offers.assign(draw=rng.random(len(offers))).sort_values(["employee_id", "draw"], kind="stable")
    table = offers.drop_duplicates("employee_id")[["employee_id", "course_id"]].reset_index(drop=True)
    kinds = ["self", "supervisor", "unit"]
    by = columns(kinds, rng.choice(3, size=len(table), p=[0.5, 0.35, 0.15]))
    day = np.datetime64("2026-02-02") + rng.integers(0, 250, len(table))
    texts = content.wishes["requests"]
    reason = [texts[kind][int(draw * len(texts[kind]))] for kind, draw in zip(by, rng.random(len(table)), strict=True)]
    return table.assign(requested_by=by, requested_on=day, reason=reason)
