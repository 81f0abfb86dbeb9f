"""The folder of planted faults on the command line: all of them in one run, exit code 3, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.unit.test_planted_faults import FILES, PLANTED


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "settings.toml").write_text("synthetic = true\n", encoding="utf-8")
    return folder


def test_check_lists_every_planted_fault(faulty: Path) -> None:
    """Each fault stands in the list with file, row and column; the run ends with exit code 3."""
    ran = run("check", faulty)
    assert ran.code == 3
    for place, column, _ in PLANTED:
        where = place.replace(" row ", " baris ") + (f", {column}" if column and " row " in place else "")
        assert where in ran.out, where


def test_plan_writes_nothing(faulty: Path, tmp_path: Path) -> None:
    """With faults in the tables there is no plan: exit code 3, no folder, nothing on standard output, no NIP."""
    before = {path: path.read_bytes() for path in faulty.iterdir()}
    ran = run("plan", faulty, "--year", "2027", "--out", tmp_path / "rencana")
    assert (ran.code, ran.out) == (3, "")
    assert not (tmp_path / "rencana").exists()
    assert {path: path.read_bytes() for path in faulty.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tables"]
    assert "20870312" not in ran.err
