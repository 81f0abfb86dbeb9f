"""The sheets of the template that are read, not filled in: its guide, and the list of every code."""

from __future__ import annotations

from typing import Any

from karier_reco.checking.names import heading, sheet
from karier_reco.report.sheets import LINE_HEIGHT, lines_of
from karier_reco.report.template_rules import choices, in_order, quoted
from karier_reco.tables import TABLES, Table
from karier_reco.texts import Language, text

COMMAND = "karier-reco check {file}"
#: Columns of the guide: order, sheet, whether it is needed, what it holds, its needed columns.
_WIDTHS = (9, 22, 14, 52, 56)
_STEPS = 6


def write_guide(page: Any, formats: dict[str, Any], language: Language, name: str) -> None:
    """Write how to fill in the template: steps, the command that checks the file, whom to ask, the sheets in order."""

    def said(key: str, **facts: str) -> str:
        return text(f"template.guide.{key}", language, **facts)

    for at, width in enumerate(_WIDTHS):
        page.set_column(at, at, width)
    page.write_string(0, 0, text("template.title", language), formats["title"])
    facts = {table: sheet(table, language) for table in ("sessions", "courses")}
    facts["codes"] = text("template.sheet.codes", language)
    row = _section(page, 2, said("steps"), formats)
    for number in range(1, _STEPS + 1):
        row = _paragraph(page, row, f"{number}. {said(f'step_{number}', **facts)}", formats["words"])
    row = _section(page, row + 1, said("check"), formats)
    row = _paragraph(page, row, said("check_1"), formats["words"])
    row = _paragraph(page, row, COMMAND.format(file=name), formats["command"])
    row = _section(page, row + 1, said("ask"), formats)
    row = _paragraph(page, row, said("ask_1"), formats["words"])
    row = _paragraph(page, row, "", formats["blank"])
    row = _section(page, row + 1, said("list"), formats)
    for at, key in enumerate(("order", "sheet", "need", "holds", "needs")):
        page.write_string(row, at, text(f"template.column.{key}", language), formats["heading"])
    for number, table in enumerate(in_order(), 1):
        _write_line(page, row + number, number, table, formats, language)


def _section(page: Any, row: int, words: str, formats: dict[str, Any]) -> int:
    page.write_string(row, 0, words, formats["section"])
    return row + 1


def _paragraph(page: Any, row: int, words: str, form: Any) -> int:
    page.merge_range(row, 0, row, len(_WIDTHS) - 1, "", form)
    page.write_string(row, 0, words, form)
    page.set_row(row, LINE_HEIGHT * lines_of(words, sum(_WIDTHS)) + 3)
    return row + 1


def _write_line(page: Any, row: int, number: int, table: Table, formats: dict[str, Any], language: Language) -> None:
    called = sheet(table.name, language)
    needs = ", ".join(heading(table.name, column.name, language) for column in table if column.filled)
    holds = text(f"about.table.{table.name}", language)
    need = text(f"template.{'needed' if table.needed else 'optional'}", language)
    page.write_number(row, 0, number, formats["words"])
    page.write_url(row, 1, f"internal:{quoted(called)}!A1", formats["link"], called)
    for at, words in enumerate((need, holds, needs), 2):
        page.write_string(row, at, words, formats["words"])
    page.set_row(row, LINE_HEIGHT * max(lines_of(holds, _WIDTHS[3]), lines_of(needs, _WIDTHS[4])) + 3)


def write_codes(page: Any, formats: dict[str, Any], language: Language) -> dict[tuple[str, ...], str]:
    """Write every list of choices, one below the other; return where the names of each list stand."""
    page.set_column(0, 0, 44)
    page.set_column(1, 1, 18)
    ranges: dict[tuple[str, ...], str] = {}
    row = 0
    for table in TABLES.values():
        for column in table:
            names = choices(table, column, language)
            if not names or tuple(names) in ranges:
                continue
            page.write_string(row, 0, heading(table.name, column.name, language), formats["heading"])
            page.write_string(row, 1, text("template.code", language), formats["heading"])
            for at, (name, code) in enumerate(names.items(), row + 1):
                page.write_string(at, 0, name, formats["words"])
                page.write_string(at, 1, code, formats["code"])
            first, row = row + 2, row + len(names) + 2
            ranges[tuple(names)] = f"{quoted(text('template.sheet.codes', language))}!$A${first}:$A${row - 1}"
    return ranges
