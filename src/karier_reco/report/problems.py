"""The work list: a workbook with a row for each problem of the tables, and its cell one click away."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from karier_reco.checking.found import problem_parts
from karier_reco.errors import Problem, SettingsError
from karier_reco.report.folders import whole_file
from karier_reco.report.quality import kind_words
from karier_reco.report.sheets import LINE_HEIGHT, Sheets, lines_of
from karier_reco.tables import TABLES
from karier_reco.texts import Language
from karier_reco.words import Words

#: Excel has 1,048,576 rows to a sheet, and opens links in the first 65,530 cells that have one.
MOST_ROWS, MOST_LINKS = 1_000_000, 65_530
#: A list that long is filtered, not read from top to bottom: its rows need no height of their own.
MOST_HEIGHTS = 20_000
#: Rows above the data: title, note, a free one; then the heading.
HEADING = 3
FIRST = HEADING + 1

COLUMNS = {
    "severity": 12, "table": 16, "file": 22, "sheet": 14, "row": 8, "column": 18, "cell": 8, "found": 34, "rule": 34,
    "remedy": 40, "done": 22,
}  # fmt: skip
_KINDS = {"severity": 12, "kind": 90, "count": 12, "tables": 40}
#: What tells a list of ours from other workbooks; it stays when people save it.
MARK = "karier_reco problems"
_LINK = {
    "font_color": "#1F4E9E",
    "underline": 1,
    "font_size": 10,
    "valign": "top",
    "bottom": 1,
    "bottom_color": "#C9D0DA",
}
_ORDER = {name: at for at, name in enumerate(TABLES)}


def write_problems(
    problems: Iterable[Problem], path: str | Path, language: Language = "id", source: str | Path | None = None
) -> Path:
    """Write the problems as a workbook to work through, and return its path.

    The first sheet counts them by kind; the next has one row each, in the order of the tables: severity, table, file,
    sheet, row, column, cell, what stands there (no NIP whole), what should, what to do, and a column for remarks. With
    more than 1,000,000 problems further sheets follow. ``source`` is the folder or workbook that the tables came from:
    cells are linked to it, as seen from where the list lies; move both together. The file is written whole or not at
    all, the same bytes for the same problems. Raises SettingsError where another file lies: only an earlier list is
    replaced.

    >>> from tempfile import TemporaryDirectory
    >>> from karier_reco import load_example
    >>> with TemporaryDirectory() as folder:
    ...     print(write_problems(load_example().problems, f"{folder}/problems.xlsx").name)
    problems.xlsx
    """
    import xlsxwriter

    path, words = Path(path), Words(language)
    ordered = sorted(problems, key=lambda problem: (_ORDER.get(problem.table, -1), problem.table))
    _refuse_foreign(path)
    links = _Links(path, source)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with whole_file(path) as draft, xlsxwriter.Workbook(str(draft), options) as workbook:
        workbook.set_properties({"title": words("problems.title"), "keywords": MARK, "created": datetime(2000, 1, 1)})
        sheets = Sheets(workbook, words, words("problems.title"), "")
        _write_counts(sheets, ordered)
        for first in range(0, max(1, len(ordered)), MOST_ROWS):
            name = words("problems.list") + (f" {first // MOST_ROWS + 1}" if first else "")
            _write_list(sheets, ordered[first : first + MOST_ROWS], links, name)
    return path


def _refuse_foreign(path: Path) -> None:
    if path.exists() and not _is_list(path):
        raise SettingsError(
            f"{path.name}: got a file that is no list of problems; expected a new name or an earlier list. "
            "Choose another name.",
            name="target",
            value=path.name,
        )


def _is_list(path: Path) -> bool:
    try:
        with ZipFile(path) as book, book.open("docProps/core.xml") as properties:
            return MARK.encode() in properties.read(100_000)
    except (OSError, BadZipFile, KeyError):
        return False


def _write_counts(sheets: Sheets, problems: Sequence[Problem]) -> None:
    """Write how many there are of each kind, errors first, then the most frequent."""
    words = sheets.words
    kinds: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        kinds[problem.severity, problem.kind].append(problem)
    errors = sum(problem.severity == "error" for problem in problems)
    note = words("problems.counts_note", errors=words.whole(errors), warnings=words.whole(len(problems) - errors))
    page = _open(sheets, words("problems.counts"), note, _KINDS)
    for row, key in enumerate(sorted(kinds, key=lambda key: (key[0], -len(kinds[key]), key[1])), FIRST):
        alike = kinds[key]
        tables = ", ".join(dict.fromkeys(words.code("table", problem.table) for problem in alike))
        texts = [words.code("severity", key[0]), kind_words(alike, words), "", tables]
        _set_height(page, row, texts, _KINDS)
        for at, content in enumerate(texts):
            if content:
                sheets.text(page, row, at, content)
        sheets.cell(page, row, 2, "whole", len(alike))
    _finish(page, len(kinds), _KINDS)


def _write_list(sheets: Sheets, problems: Sequence[Problem], links: _Links, name: str) -> None:
    words = sheets.words
    targets = [links.of(problem) for problem in problems]
    cut = sum(map(bool, targets)) > MOST_LINKS
    note = words("problems.note") + (" " + words("problems.cut", count=words.whole(MOST_LINKS)) if cut else "")
    page, linked = _open(sheets, name, note, COLUMNS), 0
    at_row, at_cell = list(COLUMNS).index("row"), list(COLUMNS).index("cell")
    form = sheets.workbook.add_format(_LINK)
    for row, (problem, target) in enumerate(zip(problems, targets, strict=True), FIRST):
        texts = _texts(problem, words)
        if len(problems) <= MOST_HEIGHTS:
            _set_height(page, row, texts, COLUMNS)
        for at, content in enumerate(texts):
            if at == at_cell and target and linked < MOST_LINKS:
                page.write_url(row, at, target, form, content or words("problems.open"))
                linked += 1
            elif at == at_row and problem.row is not None:
                sheets.cell(page, row, at, "whole", problem.row)
            elif content:
                sheets.text(page, row, at, content)
            else:
                page.write_blank(row, at, None, sheets.formats["text"])
    _finish(page, len(problems), COLUMNS)


def _texts(problem: Problem, words: Words) -> list[str]:
    """Return the cells of a problem's row, in the order of ``COLUMNS``; the officer fills in the last."""
    facts, parts = dict(problem.facts), problem_parts(problem, words.language)
    name = facts["name"]
    return [
        words.code("severity", problem.severity),
        words.code("table", problem.table),
        facts.get("file", name),
        facts.get("sheet", ""),
        facts["label"],
        facts.get("title", problem.column or ""),
        facts.get("cell", ""),
        parts.found,
        parts.rule,
        parts.remedy,
        "",
    ]


class _Links:
    """Where the cells are, as seen from the folder of the list; nowhere for frames and databases."""

    def __init__(self, path: Path, source: str | Path | None) -> None:
        self._base = ""
        if source is None or "://" in str(source):
            return
        folder = Path(source) if Path(source).is_dir() else Path(source).parent
        self._is_workbook = not Path(source).is_dir()
        self._files = {Path(source).name} if self._is_workbook else {file.name for file in folder.iterdir()}
        try:
            self._base = Path(os.path.relpath(folder.absolute(), path.absolute().parent)).as_posix()
        except ValueError:  # another drive of Windows: no way leads there
            return

    def of(self, problem: Problem) -> str:
        """Return the link to a problem's cell, file or sheet; nothing where a program could take it for another."""
        facts = dict(problem.facts)
        file = facts.get("file") or facts["name"].partition("[")[0]
        if not self._base or file not in self._files:
            return ""
        target = file if self._base == "." else f"{self._base}/{file}"
        if any(mark in target for mark in ':#%\\"|<>*?') or len(target) > 1000:
            return ""
        sheet, cell = facts.get("sheet", ""), facts.get("cell") or (f"A{problem.row}" if problem.row else "A1")
        anchor = f"#'{sheet.replace(chr(39), 2 * chr(39))}'!{cell}" if sheet and "#" not in sheet else ""
        return f"external:{target}{anchor}"


def _open(sheets: Sheets, name: str, note: str, columns: dict[str, int]) -> Any:
    """Add a sheet with its title, note, headings and print set-up."""
    page, words = sheets.workbook.add_worksheet(name), sheets.words
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(f"&L{sheets.title}&R&A · &P/&N")
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEADING)
    page.freeze_panes(FIRST, 0)
    for at, width in enumerate(columns.values()):
        page.set_column(at, at, width)
    page.set_row(0, 24)
    sheets.text(page, 0, 0, f"{sheets.title} – {name}", sheets.large)
    sheets.text(page, 1, 0, note, sheets.soft)
    for at, column in enumerate(columns):
        sheets.text(page, HEADING, at, words(f"problems.column.{column}"), sheets.headings["left"])
    return page


def _set_height(page: Any, row: int, texts: Sequence[str], columns: dict[str, int]) -> None:
    lines = max(lines_of(content, width) for content, width in zip(texts, columns.values(), strict=True))
    if lines > 1:
        page.set_row(row, LINE_HEIGHT * lines)


def _finish(page: Any, rows: int, columns: dict[str, int]) -> None:
    page.autofilter(HEADING, 0, HEADING + max(1, rows), len(columns) - 1)
