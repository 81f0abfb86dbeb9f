"""Hostile text in every text column, through every output: nothing of it is live in workbook, CSV, page or terminal."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from karier_reco.cli.program import program
from karier_reco.cli.run import Run
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError
from karier_reco.loading import load, load_example
from karier_reco.tables import TABLES
from tests.doors import csv_folder, given, write_workbook

#: The five of the issue, and two that a terminal obeys.
TEXTS = {
    "formula": '=HYPERLINK("http://127.0.0.1/","klik")+cmd|\' /C calc\'!A0',
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;",
    "null": "sebelum\x00sesudah",
    "bidi": "aman\u202etxt.exe\u2066\u200f",
    "long": "panjang " * 1_250,
    "escape": "\x1b]8;;http://127.0.0.1/\x07klik\x1b]8;;\x07\x1b[31m\x9b2J",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0\r\n+1",
}
REFUSED = {"null": "nul"}
#: A long name takes more lines in a drawing.
LINES = {"tspan", "@dy", "@x", "@y"}
LIVE = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
#: What turns the reading order, moves the cursor or rings: nothing of it may reach a terminal or a page.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def spoilt(text: str) -> dict[str, pd.DataFrame]:
    """Return the example with the text in front of every text, and of every id but the NIP where it may be one."""
    kinds = ("text",) if CONTROL.search(text) else ("text", "id")
    frames = {}
    for name, frame in given(load_example()).items():
        columns = {
            column.name: frame[column.name].map(lambda value: f"{text}{value}" if value else value).astype("str")
            for column in TABLES[name]
            if column.kind in kinds and "employee" not in column.name
        }
        frames[name] = frame.assign(**columns)
    return frames


@pytest.fixture(scope="module", params=[name for name in TEXTS if name not in REFUSED])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Result]]:
    """A folder with hostile tables and everything made of them; what each command printed."""
    place = tmp_path_factory.mktemp(request.param)
    return place, outputs(spoilt(TEXTS[request.param]), place)


@cache
def baseline(place: Path) -> Path:
    place.mkdir()
    outputs(given(load_example()), place)
    return place


def outputs(frames: dict[str, pd.DataFrame], place: Path) -> dict[str, Result]:
    tables = place / "tables"
    tables.mkdir()
    csv_folder(frames, load_example().settings, tables)
    (tables / "settings.toml").write_text("synthetic = true\n")
    out = ["--out", str(place / "plan"), "--work-limit", "2"]
    runs = {
        "check": ["check", str(tables), "--out", str(place / "problems.xlsx"), "--page", str(place / "quality.html")],
        "plan": ["plan", str(tables), "--year", "2027", *out],
        "explain": ["explain", str(place / "plan"), "005"],
        "verify": ["verify", str(place / "plan")],
        "siasn": ["siasn", str(tables), "--out", str(place / "siasn")],
    }
    group = program(Run("id"))
    results = {name: CliRunner().invoke(group, args, standalone_mode=False) for name, args in runs.items()}
    assert {name: result.exception for name, result in results.items() if result.exception} == {}
    return results


def test_nothing_is_live_in_a_csv(hostile: tuple[Path, dict[str, Result]]) -> None:
    """A spreadsheet runs a cell that begins like a formula; ours begin with an apostrophe there."""
    paths = [path for path in hostile[0].rglob("*.csv") if path.parent.name != "tables" or "plan" in path.parts]
    assert len(paths) > 10
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            cells = {cell for row in csv.reader(file) for cell in row}
        assert {cell for cell in cells if LIVE.match(cell) and not NUMBER.fullmatch(cell)} == set(), path


def test_nothing_is_live_in_a_workbook(
    hostile: tuple[Path, dict[str, Result]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Our own formulas are as many as without the text, none has it in it, and no link leads out."""
    books = sorted(hostile[0].rglob("*.xlsx"))
    assert {book.name for book in books} == {"plan.xlsx", "problems.xlsx"}
    for path in books:
        book = openpyxl.load_workbook(path)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
        assert not [formula for formula in formulas if "HYPERLINK" in formula or "cmd" in formula or "SUM(1" in formula]
        with ZipFile(path) as archive:
            names = archive.namelist()
            parts = b"".join(archive.read(name) for name in names)
        assert not [name for name in names if "vba" in name.lower() or "externalLink" in name]
        assert b"http://127.0.0.1" not in re.sub(rb"<t[^>]*>.*?</t>", b"", parts, flags=re.DOTALL)
        assert not CONTROL.search("".join(str(cell.value) for cell in cells).replace("\n", ""))


class Tags(HTMLParser):
    """Every tag with the names of its attributes, counted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.update([tag, *(f"@{name}" for name, _ in attrs)])


def test_nothing_is_live_in_a_page(
    hostile: tuple[Path, dict[str, Result]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The pages have the tags and attributes of the sane tables' pages, no more but lines of a drawing."""
    sane = baseline(tmp_path_factory.getbasetemp() / "sane")
    for name in ("plan/plan.html", "quality.html"):
        text = (hostile[0] / name).read_text(encoding="utf-8")
        tags = Tags(text).seen
        assert set(tags) - set(Tags((sane / name).read_text(encoding="utf-8")).seen) <= LINES
        assert not {tag for tag in tags if tag in ("script", "img", "iframe", "object") or tag.startswith("@on")}
        assert not CONTROL.search(text.replace("\n", ""))


def test_nothing_is_live_in_a_terminal(hostile: tuple[Path, dict[str, Result]]) -> None:
    """No cursor moves, no colour, no link and no turned text comes from data: only line breaks and tabs do."""
    for name, result in hostile[1].items():
        found = CONTROL.search(result.output.replace("\n", "").replace("\t", ""))
        assert found is None, (name, found)


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if CONTROL.search(text)])
def test_an_id_that_nobody_can_type_is_refused(name: str) -> None:
    """In a text such characters are harmless once shown; an id with them could never be referred to."""
    units = load_example().units.assign(unit_id=lambda frame: frame["unit_id"] + TEXTS[name])
    with pytest.raises(DataError) as caught:
        Dataset.from_frames(given(load_example()) | {"units": units}, load_example().settings)
    refused = {problem.row for problem in caught.value.problems if problem.kind == "id_control"}
    assert refused == set(range(len(units)))


@pytest.mark.parametrize("name", TEXTS)
def test_money_and_names_stay_or_are_refused_with_their_place(name: str, tmp_path: Path) -> None:
    """Through CSV and through a workbook the text comes in as it was; what cannot be text is refused row by row."""
    frames = spoilt(TEXTS[name])
    if name in REFUSED:
        with pytest.raises(DataError) as caught:
            csv_folder(frames, load_example().settings, tmp_path)
        kinds = {problem.kind for problem in caught.value.problems}
        assert REFUSED[name] in kinds
        rows = {problem.row for problem in caught.value.problems if problem.table == "units"}
        assert rows == set(range(2, 2 + len(frames["units"])))
        return
    data = csv_folder(frames, load_example().settings, tmp_path)
    assert data.units["name"].tolist() == frames["units"]["name"].tolist()
    assert data.budgets["amount"].sum() == load_example().budgets["amount"].sum()
    write_workbook(frames, tmp_path / "kota.xlsx")
    through = load(tmp_path / "kota.xlsx", load_example().settings)
    assert through.units["name"].str.len().tolist() == frames["units"]["name"].str.len().tolist()
    assert isinstance(through, Dataset)
