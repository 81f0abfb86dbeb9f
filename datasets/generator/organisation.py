"""Units, roles, competencies and standards."""

from __future__ import annotations

import pandas as pd

from generator.content import Content
from generator.draws import rows_of


def copy_id(unit_id: str, copy: int) -> str:
    """Return the id of a unit in the n-th city; the first city keeps the plain id."""
    return unit_id if copy == 0 or not unit_id else f"{unit_id}-{copy + 1:02d}"


def units(content: Content, copies: int) -> pd.DataFrame:
    """Return the units of one city, or of several alike where there are more people than one city has."""
    rows = [
        {
            "unit_id": copy_id(unit["unit_id"], copy),
            "name": unit["name"] if copy == 0 else f"{unit['name']} (kota contoh {copy + 1})",
            "parent_id": copy_id(unit["parent_id"], copy),
        }
        for copy in range(copies)
        for unit in rows_of(content.units)
    ]
    return pd.DataFrame(rows)


def competencies(content: Content) -> pd.DataFrame:
    priority = content.numbers["standards"]["priority"]
    rows = [
        {
            "competency_id": entry["id"],
            "name": entry["name"],
            "kind": entry.get("kind", "technical"),
            "priority": priority.get(entry["id"], 1.0),
            "description": entry["about"],
        }
        for entry in [*content.core, *content.technical]
    ]
    return pd.DataFrame(rows)


def roles(content: Content) -> pd.DataFrame:
    by_tier = content.numbers["standards"]["criticality"]
    health = content.numbers["standards"]["health_criticality"]
    table = content.roles[["role_id", "title", "tier"]].copy()
    table["criticality"] = [
        by_tier.get(tier, health if group == "health" else 1.0)
        for tier, group in zip(content.roles["tier"], content.roles["group"], strict=True)
    ]
    table["duties"] = content.roles["duties"]
    return table


def standards(content: Content) -> pd.DataFrame:
    """Return nine core levels a role, by tier and what the work asks for, and its technical ones.

    The first technical competency of a role stands highest and is a must; from the third on the level is one lower.
    """
    numbers = content.numbers["standards"]
    rows = []
    for role in rows_of(content.roles):
        group, tier = role["group"], role["tier"]
        for entry in content.core:
            core = entry["id"]
            level = min(5, numbers["core"][tier] + (core in numbers["raised"][group]))
            must = core in numbers["must"][group]
            rare = core in ("M.7", "M.8") and group != "managers"
            rows.append((role["role_id"], core, level, 1 if must else 3 if rare else 2))
        for place, technical in enumerate(role["technical"].split()):
            level = max(1, numbers["technical"][tier] - (place >= 2))
            rows.append((role["role_id"], technical, level, min(place + 1, 3)))
    return pd.DataFrame(rows, columns=["role_id", "competency_id", "level", "importance"])
