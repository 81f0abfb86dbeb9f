"""The page of data quality: what is wrong with the tables, and what a plan from them can know."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import pandas as pd

from karier_reco.errors import Problem
from karier_reco.quality import OPTIONAL, DataQuality
from karier_reco.report.html import render
from karier_reco.report.views import share
from karier_reco.rules import forms
from karier_reco.tables import TABLES
from karier_reco.texts import catalogue
from karier_reco.words import FEWEST, Words

#: Rows of the longest tables of the page.
MOST = 200
#: Facts of a problem that tell of tables and rules, not of a row.
_OF_TABLES = ("codes", "wanted", "target", "minimum", "maximum", "tables")
PARTS = ("every", "some", "none", "no_standard")


def quality_page(quality: DataQuality, problems: Sequence[Problem], words: Words) -> str:
    """Return the page as HTML: one file without script and network, no names, no small counts of people."""
    return render(
        "quality.html.j2", words, quality=quality, MOST=MOST, OPTIONAL=OPTIONAL, **_content(quality, problems, words)
    )


def _content(quality: DataQuality, problems: Sequence[Problem], words: Words) -> dict[str, Any]:
    units, ages, roles = quality.units.sort_values(["unit", "unit_id"]), quality.assessments, quality.roles
    blank = units[list(OPTIONAL)].lt(units["people"], axis=0).any(axis=1) | units["people"].lt(FEWEST)
    people, newest = int(units["people"].sum()), int(ages["newest"].sum())
    courses = quality.courses.assign(form=[_form(code, words) for code in quality.courses["form"]])
    return {
        "severities": Counter(problem.severity for problem in problems),
        "problems": _problems(problems, words),
        "people": people,
        "assessed": share(people - int(units["never"].sum()), people),
        "fresh": share(int(ages.loc[~ages["stale"], "newest"].sum()), newest),
        "units": [_unit(row, words) for row in _records(units)],
        "blanks": [_unit(row, words) for row in _records(units[blank])],
        "sources": [words.code("source", source) or words("quality.unnamed") for source in _sources(ages)],
        "ages": _ages(ages, newest, words),
        "newest": newest,
        "rows": int(ages["rows"].sum()),
        "no_outcomes": _records(courses[courses["outcomes"] == 0]),
        "not_ahead": _records(courses[courses["ahead"] == 0]),
        "nobody": _records(roles[roles["standards"] > 0]),
        "no_standard": _records(roles[roles["standards"] == 0]),
        "untaught": _records(quality.competencies),
        "left_out": _records(quality.left_out),
    }


def _problems(problems: Sequence[Problem], words: Words) -> list[dict[str, Any]]:
    """Count problems by table, column and kind, errors first; no values, so no names."""
    groups = defaultdict(list)
    for problem in problems:
        groups[problem.severity, problem.table, problem.column or "", problem.kind].append(problem)
    order = {name: at for at, name in enumerate(TABLES)}
    return [
        {
            "severity": words.code("severity", severity),
            "table": words.code("table", table),
            "column": dict(groups[severity, table, column, kind][0].facts).get("title", column),
            "kind": kind_words(groups[severity, table, column, kind], words),
            "count": len(groups[severity, table, column, kind]),
        }
        for severity, table, column, kind in sorted(groups, key=lambda g: (g[0], order.get(g[1], len(order)), *g[1:]))
    ]


def kind_words(alike: Sequence[Problem], words: Words) -> str:
    """Say what problems of one kind are: the sentence of the first without its place and values.

    >>> problem = Problem("error", "empty_file", "roles", "roles.csv", None, None, "", "")
    >>> kind_words([problem], Words("en"))
    'Got an empty file; expected a heading and rows. Fill it or export it again.'
    """
    same = set.intersection(*(set(problem.facts) for problem in alike))
    known = {name: fact for name, fact in same if name in _OF_TABLES or name.endswith("_title")}
    said = catalogue()[f"problem.{alike[0].kind}"][words.language]
    plain = said.format_map(defaultdict(lambda: "…", {**known, "place": "", "remedy": ""})).removeprefix(": ").strip()
    return plain[:1].upper() + plain[1:]


def _unit(row: dict[str, Any], words: Words) -> dict[str, Any]:
    """Return a unit as the page shows it: counts of people as words, filled columns as shares."""
    people, hidden = row["people"], words("quality.hidden")
    small = people < FEWEST
    parts = [*_parts([row[name] for name in PARTS], words), words.people(row["never"])]
    return {
        "unit": row["unit"] or words("quality.unnamed"),
        "people": words.people(people),
        "parts": [hidden] * len(parts) if small else parts,
        "filled": [hidden if small else words.percent(share(row[name], people)) for name in OPTIONAL],
    }


def _parts(counts: list[int], words: Words) -> list[str]:
    """Return counts whose sum stands beside them; where one alone is small, hide another, else it can be worked out."""
    shown = [words.people(count) for count in counts]
    large = [at for at, count in enumerate(counts) if count >= FEWEST]
    if large and sum(0 < count < FEWEST for count in counts) == 1:
        shown[max(large, key=lambda at: counts[at])] = words("quality.hidden")
    return shown


def _sources(ages: pd.DataFrame) -> list[str]:
    order = [*(TABLES["assessments"]["source"].codes or ()), ""]
    return [source for source in order if ages["source"].eq(source).any()]


def _ages(ages: pd.DataFrame, newest: int, words: Words) -> list[dict[str, Any]]:
    """Return a row of each band of age: the assessments that count, by source."""
    sources, rows = _sources(ages), []
    for band in _records(ages[["age", "stale"]].drop_duplicates()):
        counted = ages[(ages["age"] == band["age"]) & (ages["stale"] == band["stale"])]
        by_source = dict(zip(counted["source"], counted["newest"].tolist(), strict=True))
        counts = [by_source.get(source, 0) for source in sources]
        rows.append({"age": _band(**band, words=words), "counts": counts, "share": share(sum(counts), newest)})
    return rows


def _band(age: int, stale: bool, words: Words) -> str:
    if stale:
        return words("quality.age.stale", years=age)
    return words("quality.age.years", first=age, last=age + 1) if age else words("quality.age.newest")


def _form(code: str, words: Words) -> str:
    return forms()[code].name(words.language) if code in forms() else code


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
