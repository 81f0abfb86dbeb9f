"""The tiny plan as a page and as cells, reviewed as a diff."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from syrupy.assertion import SnapshotAssertion

from karier_reco.report.page import page
from karier_reco.report.workbook import write_workbook
from karier_reco.texts import Language
from karier_reco.words import Words
from tests.unit.report.plans import tiny_plan


@pytest.mark.parametrize("language", ["id", "en"])
def test_page(snapshot: SnapshotAssertion, language: Language) -> None:
    """What the official reads, word by word; the look is in the head, the drawings are held by the tests of charts."""
    assert page(tiny_plan(), Words(language)).partition("<body>")[2] == snapshot


@pytest.mark.parametrize("language", ["id", "en"])
def test_cells(snapshot: SnapshotAssertion, tmp_path: Path, language: Language) -> None:
    """Every cell of every sheet, formulas as formulas; the rules, which have a file of their own, are left out."""
    write_workbook(tiny_plan(), tmp_path / "plan.xlsx", Words(language))
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    lines = []
    for sheet in book:
        lines.append(f"# {sheet.title}")
        for row in sheet.iter_rows():
            if sheet.title in ("Cara dibuat", "How it was made") and row[3].value in ("A", "B", "C", "M"):
                continue
            cells = [f"{cell.coordinate}={cell.value}" for cell in row if cell.value not in (None, "")]
            lines += [" | ".join(cells)] if cells else []
    assert "\n".join(lines) == snapshot
