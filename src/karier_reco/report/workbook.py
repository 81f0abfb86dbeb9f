"""The workbook that the plan's officer works with: every row, live sums, text as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.plan import TrainingPlan
from karier_reco.report.money import money_of
from karier_reco.report.page import certificate_rows, quality_sentence
from karier_reco.report.sheets import FIRST, LINE_HEIGHT, Column, Sheets, letter, lines_of
from karier_reco.report.views import (
    budget_rows,
    by_limit,
    by_problem,
    by_quarter,
    plan_rows,
    totals_of,
    waiting_rows,
)
from karier_reco.rules import forms, rules
from karier_reco.settings import as_plain
from karier_reco.texts import catalogue
from karier_reco.words import Words

#: The plan's columns. The first 14 are printed: who, what the law asks for, and what it costs.
PLAN = (
    Column("employee_id", width=20),
    Column("name", width=19),
    Column("role", width=18),
    Column("unit", width=20),
    Column("kind", width=12),
    Column("competency", width=18),
    Column("form", width=13),
    Column("path", width=11),
    Column("title", width=26),
    Column("provider", width=16),
    Column("starts_on", "date", 12),
    Column("ends_on", "date", 12),
    Column("curriculum", width=11),
    Column("total", "rupiah", 15, added=True, heading="seat_total", formula="{fee}+{travel}"),
    Column("fee", "rupiah", 15, added=True),
    Column("travel", "rupiah", 15, added=True),
    Column("year", "whole", 7),
    Column("grade", width=12),
    Column("tier", width=16),
    Column("employment", width=12),
    Column("others", width=28),
    Column("standard", "whole", 9),
    Column("level", "whole", 9),
    Column("gap", "whole", 12),
    Column("basis", width=16),
    Column("session_id", width=14),
    Column("siasn_code", width=10),
    Column("place", width=16),
    Column("jp", "whole", 7, added=True),
    Column("account", width=18),
    Column("levels_closed", "number", 12),
    Column("value", "number", 9),
    Column("origin", width=14),
    Column("reason", width=60),
    Column("status", width=10),
)
PLAN_PRINTED = 14

SESSIONS = (
    Column("session_id", width=13),
    Column("title", width=30),
    Column("form", width=14),
    Column("provider", width=18),
    Column("starts_on", "date", 12),
    Column("ends_on", "date", 12),
    Column("place", width=14),
    Column("jp", "whole", 6),
    Column("status", width=11),
    Column("min_seats", "whole", 10),
    Column("max_seats", "whole", 10),
    Column("seats", "whole", 8, added=True),
    Column("fee", "rupiah", 13, heading="fee_head"),
    Column("travel", "rupiah", 13, heading="travel_head"),
    Column("opening", "rupiah", 15, added=True),
    Column("cost", "rupiah", 16, added=True, formula="{seats}*({fee}+{travel})+{opening}"),
    Column("account", width=20),
    Column("price", "number", 13, heading="price_seat"),
)
SESSIONS_PRINTED = 16

BUDGET = (
    Column("line", width=50),
    Column("budget_id", width=22),
    Column("amount", "rupiah", 19),
    Column("used", "rupiah", 19),
    Column("left", "rupiah", 19, formula="{amount}-{used}"),
    Column("used_share", "percent", 11, formula="IF({amount}>0,{used}/{amount},0)"),
    Column("million", "number", 14, heading="price_million"),
)

WAITING = (
    Column("employee_id", width=20),
    Column("name", width=20),
    Column("role", width=20),
    Column("unit", width=22),
    Column("title", width=30),
    Column("value", "number", 8),
    Column("levels_closed", "number", 11),
    Column("jp", "whole", 6),
    Column("why", width=48),
    Column("session_id", width=14),
    Column("fee", "rupiah", 15),
    Column("travel", "rupiah", 15),
    Column("limits", width=40),
)
WAITING_PRINTED = 9


def write_workbook(plan: TrainingPlan, path: Path, words: Words) -> None:
    """Write ``plan.xlsx``: summary, plan, sessions, budget, waiting, how it was made."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    banner = words("synthetic") if plan.settings.synthetic else ""
    title = words("title", year=plan.year)
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties(
            {
                "title": title,
                "author": "karier_reco",
                "created": datetime(plan.as_of.year, plan.as_of.month, plan.as_of.day),
            }
        )
        sheets = Sheets(workbook, words, title, banner)
        _summary(sheets, plan)
        _plan(sheets, plan)
        _sessions(sheets, plan)
        _budget(sheets, plan)
        _waiting(sheets, plan)
        _made(sheets, plan)


def _summary(sheets: Sheets, plan: TrainingPlan) -> None:
    words, totals = sheets.words, totals_of(plan)
    sheet = sheets.open("summary")
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, 4, 20)
    sheets.text(sheet, 2, 0, words("note.summary"), sheets.soft)
    row = 4
    counts = ("people", "seats", "sessions", "jp", "levels", "employees", "with_gap", "waiting", "deferred")
    for name in counts:
        sheets.text(sheet, row, 0, words(f"figure.{name}"))
        sheets.cell(sheet, row, 1, "number" if name == "levels" else "whole", getattr(totals, name))
        row += 1
    row += 1
    money = totals.money
    here = {
        "fee": (_total(sheets, "plan", PLAN, "fee"), money.fee),
        "travel": (_total(sheets, "plan", PLAN, "travel"), money.travel),
        "opening": (_total(sheets, "sessions", SESSIONS, "opening"), money.opening),
    }
    for name, (formula, value) in here.items():
        sheets.text(sheet, row, 0, words(f"figure.{name}"))
        sheet.write_formula(row, 1, f"={formula}", sheets.formats["rupiah"], value)
        row += 1
    sheets.text(sheet, row, 0, words("figure.total"), sheets.bold["text"])
    sheet.write_formula(row, 1, f"=SUM(B{row - 2}:B{row})", sheets.bold["rupiah"], money.total)
    row += 2
    sheets.paragraph(sheet, row, 4, 120, quality_sentence(plan, words), sheets.wrapped)
    quarters = by_quarter(plan)
    quarters["quarter"] = [words.code("quarter", str(quarter)) for quarter in quarters["quarter"]]
    row = _block(sheets, sheet, row + 2, quarters, _QUARTER)
    _block(sheets, sheet, row + 1, by_limit(plan, words), _LIMIT)
    sheet.fit_to_pages(1, 0)


_QUARTER = (
    Column("quarter", width=52),
    Column("sessions", "whole"),
    Column("seats", "whole"),
    Column("jp", "whole"),
    Column("cost", "rupiah"),
)
_LIMIT = (Column("limit", width=52), Column("people", "whole"))


def _total(sheets: Sheets, sheet: str, columns: Sequence[Column], name: str) -> str:
    """Return the cell of a sheet that adds up a column."""
    return f"'{sheets.words(f'sheet.{sheet}')}'!{letter(columns, name)}4"


def _block(sheets: Sheets, sheet: Any, row: int, frame: pd.DataFrame, columns: Sequence[Column]) -> int:
    """Write a small table at a row and return the row below it."""
    for at, column in enumerate(columns):
        sheets.heading(sheet, row, at, column)
        for down, value in enumerate(frame[column.name].tolist(), row + 1):
            sheets.cell(sheet, down, at, column.kind, value)
            if column.kind == "text":
                sheet.set_row(down, LINE_HEIGHT * lines_of(value, column.width))
    return row + 1 + len(frame)


def _plan(sheets: Sheets, plan: TrainingPlan) -> None:
    words, sheet = sheets.words, sheets.open("plan")
    rows = plan_rows(plan, words)
    letters = {
        key.rpartition(".")[2]: names[words.language]
        for key, names in catalogue().items()
        if key.startswith("report.legal.")
    }
    note = words("note.plan", last=words(f"column.{PLAN[PLAN_PRINTED - 1].key}"))
    sheets.table(sheet, rows, PLAN, note, PLAN_PRINTED, letters)
    at = [column.name for column in PLAN].index("total")
    formula = f"={_total(sheets, 'plan', PLAN, 'total')}+{_total(sheets, 'sessions', SESSIONS, 'opening')}"
    sheets.text(sheet, 2, at - 1, words("with_openings"), sheets.soft)
    sheet.write_formula(2, at, formula, sheets.bold["rupiah"], money_of(plan).total)
    sheet.freeze_panes(FIRST, 2)


def _sessions(sheets: Sheets, plan: TrainingPlan) -> None:
    words, known = sheets.words, forms()
    rows = plan.sessions.assign(
        form=[known[form].name(words.language) for form in plan.sessions["form"]],
        opening=np.where(plan.sessions["status"].eq("open"), plan.sessions["opening_cost"], 0),
        account=[words.code("account", account) for account in plan.sessions["account"]],
        status=[words.code("session", status) for status in plan.sessions["status"]],
    )
    sheets.table(sheets.open("sessions"), rows, SESSIONS, words("note.sessions"), SESSIONS_PRINTED)


def _budget(sheets: Sheets, plan: TrainingPlan) -> None:
    """Write the lines with their use; that of the lines over all units is a live sum of the other sheets."""
    sheet, rows = sheets.open("budget"), budget_rows(plan, sheets.words)
    sheets.table(sheet, rows, BUDGET, sheets.words("note.budget"), len(BUDGET))
    at = [column.name for column in BUDGET].index("used")
    lines = zip(rows["account"], rows["unit_id"], rows["used"], strict=True)
    for row, (account, unit, used) in enumerate(lines, FIRST):
        if not unit:
            formula = f"={_used(sheets, plan, account)}"
            sheet.write_formula(row, at, formula, sheets.formats["rupiah"], int(used))


def _used(sheets: Sheets, plan: TrainingPlan, account: str) -> str:
    """Return the formula of what all seats and open sessions charge to an account."""
    fee, travel = (_total(sheets, "plan", PLAN, name) for name in ("fee", "travel"))
    if account == "any":
        return f"{fee}+{travel}+{_total(sheets, 'sessions', SESSIONS, 'opening')}"
    if account == "travel":
        return travel
    name = sheets.words.code("account", account)
    seats = _where(sheets, "plan", PLAN, "fee", name, len(plan.enrolments))
    return f"{seats}+{_where(sheets, 'sessions', SESSIONS, 'opening', name, len(plan.sessions))}"


def _where(sheets: Sheets, sheet: str, columns: Sequence[Column], column: str, account: str, rows: int) -> str:
    """Return the formula that adds up a column over the rows of an account."""
    place, last = f"'{sheets.words(f'sheet.{sheet}')}'!", FIRST + max(1, rows)
    added, by = (f"{place}{of}{FIRST + 1}:{of}{last}" for of in (letter(columns, column), letter(columns, "account")))
    return f'SUMIFS({added},{by},"{account}")'


def _waiting(sheets: Sheets, plan: TrainingPlan) -> None:
    rows, note = waiting_rows(plan, sheets.words), sheets.words("note.waiting")
    sheets.table(sheets.open("waiting"), rows, WAITING, note, WAITING_PRINTED)


def _made(sheets: Sheets, plan: TrainingPlan) -> None:
    words, sheet = sheets.words, sheets.open("made")
    widths = (44, 60, 56, 14)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheets.text(sheet, 2, 0, words("note.made"), sheets.soft)
    row = 4
    for heading, rows in _sections(plan, words):
        sheets.text(sheet, row, 0, words(f"certificate.{heading}"), sheets.section)
        for cells in rows:
            row += 1
            if len(cells) == 1:
                sheets.paragraph(sheet, row, len(widths) - 1, sum(widths), cells[0])
                continue
            for at, cell in enumerate(cells):
                sheets.text(sheet, row, at, cell)
            lines = max(lines_of(cell, width) for cell, width in zip(cells, widths, strict=False))
            sheet.set_row(row, LINE_HEIGHT * lines)
        row += 2
    sheet.fit_to_pages(1, 0)


def _sections(plan: TrainingPlan, words: Words) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    method = [(words("page.method"), words(f"page.method_{name}")) for name in ("gap", "value", "choice", "check")]
    yield "heading", [*method, *certificate_rows(plan, words)]
    yield "assumptions", [(text,) for text in assumptions(plan, words)]
    yield "limits", _settings(as_plain(plan.limits))
    yield "settings", _settings(as_plain(plan.settings))
    yield (
        "rules",
        [
            (*_settings({rule.rule: rule.value})[0], rule.source, rule.confidence)
            for rule in rules()
            if rule.valid_from <= plan.as_of and (rule.valid_to is None or plan.as_of <= rule.valid_to)
        ],
    )
    used = set(plan.sessions["form"])
    yield (
        "forms",
        [
            (
                form.name(words.language),
                words("certificate.effectiveness", share=words.percent(form.effectiveness), source=form.unit),
                form.source,
                form.confidence,
            )
            for form in forms().values()
            if form.form in used
        ],
    )
    yield (
        "left_out",
        [
            (words.code("table", row["table"]), words.reason(row["reason"]), words.whole(row["rows"]))
            for row in plan.left_out.to_dict("records")
        ]
        or [(words("page.left_out_none"),)],
    )
    yield (
        "problems",
        [
            (
                words.code("table", row["table"]),
                row["column"],
                words.code("remark", row["kind"]),
                words.whole(row["count"]),
            )
            for row in by_problem(plan).to_dict("records")
        ]
        or [(words("page.quality_none"),)],
    )
    yield "versions", [(name, str(version)) for name, version in plan.certificate["versions"].items()]
    yield "hashes", [(name, digest) for name, digest in plan.certificate["hashes"].items()]


def _settings(plain: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return settings as pairs of words; tables of values on one line."""

    def said(value: Any) -> str:
        if isinstance(value, dict):
            return "; ".join(f"{name}: {said(item)}" for name, item in value.items()) or "–"
        if isinstance(value, list):
            return ", ".join(map(said, value)) or "–"
        return "–" if value is None else str(value)

    return [(name, said(value)) for name, value in plain.items()]


def assumptions(plan: TrainingPlan, words: Words) -> list[str]:
    """Say in sentences which figures no source settles."""
    settings = plan.settings
    if settings.unassessed == "none":
        first = words("assumption.unassessed_none")
    else:
        first = words("assumption.unassessed", value=words.number(settings.unassessed_weight, 2))
    second, third = (words.number(settings.mandate_value[i], 2) for i in (2, 3))
    counted = ("step", "course_valid_years", "assessment_max_age_years")
    weighed = ("kappa", "jp_value", "request_value")
    return [
        first,
        *(words(f"assumption.{name}", value=words.whole(getattr(settings, name))) for name in counted),
        *(words(f"assumption.{name}", value=words.number(getattr(settings, name), 2)) for name in weighed),
        words("assumption.mandate_value", second=second, third=third),
    ]
