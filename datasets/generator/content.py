"""The hand-written content in ``datasets/content``: read once, typed as far as it is used."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

FOLDER = Path(__file__).parent.parent / "content"
TECHNICAL = ("technical_services", "technical_affairs", "technical_support")


@dataclass(frozen=True)
class Content:
    """Units, roles and texts as written, and the assumed numbers without their sources."""

    units: pd.DataFrame
    roles: pd.DataFrame
    core: list[dict[str, Any]]
    technical: list[dict[str, Any]]
    programmes: list[dict[str, Any]]
    degrees: list[dict[str, Any]]
    others: list[dict[str, Any]]
    phrases: dict[str, Any]
    comments: dict[str, dict[str, list[str]]]
    names: dict[str, list[str]]
    wishes: dict[str, Any]
    numbers: dict[str, dict[str, Any]]


def read() -> Content:
    """Return the content of the folder."""
    programmes = _toml("programmes")
    return Content(
        units=_csv("units"),
        roles=_csv("roles").astype({"people": "int64", "female": "float64"}),
        core=_toml("managerial")["core"],
        technical=[entry for name in TECHNICAL for entry in _toml(name)["technical"]],
        programmes=programmes["programme"],
        degrees=programmes["degree"],
        others=_toml("other_courses")["course"],
        phrases=_toml("phrases"),
        comments=_toml("comments"),
        names=_toml("names"),
        wishes=_toml("wishes"),
        numbers={
            part: {name: entry["value"] for name, entry in entries.items()}
            for part, entries in _toml("assumptions").items()
        },
    )


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _csv(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", dtype="str", keep_default_na=False)
