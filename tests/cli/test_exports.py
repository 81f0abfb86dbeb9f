"""``template`` and ``siasn`` write files that people and other systems take on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests import cities
from tests.cli.conftest import run


def test_a_template_goes_in_as_it_came_out(tmp_path: Path) -> None:
    """The workbook is written and named; checking it says what is missing, not that it cannot be read."""
    ran = run("template", tmp_path / "isian.xlsx")
    assert (ran.code, ran.err) == (0, "")
    assert "isian.xlsx" in ran.out
    assert run("template", tmp_path / "isian.xlsx").code == 2
    assert run("template", tmp_path / "tabel", "--language", "en").code == 0
    assert any((tmp_path / "tabel").iterdir())


def test_what_was_carried_out_is_counted(changed: Callable[..., Path], tmp_path: Path) -> None:
    """One seat attended and one missed: one record, one row left out; a second run replaces the first."""
    people, sessions = cities.frames()["employees"]["employee_id"], cities.frames()["sessions"]["session_id"]
    status = ["attended", "absent"]
    attendance = pd.DataFrame({"employee_id": people[:2], "session_id": sessions[:1].tolist() * 2, "status": status})
    folder = changed(attendance=attendance)
    for _ in range(2):
        ran = run("siasn", folder, "--out", tmp_path / "siasn", "--masked", "--language", "en")
        assert (ran.code, ran.err) == (0, "")
        records = [int(word) for word in ran.out.split() if word.isdigit()]
        assert (sum(records[:2]), records[2]) == (1, 1)
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "siasn").iterdir())
    assert people[0] not in written
    assert people[0][-3:] in written
