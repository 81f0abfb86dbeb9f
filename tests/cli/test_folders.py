"""``explain``, ``verify`` and ``example``: what needs a folder and nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import cities
from tests.cli.conftest import Ran, run


@pytest.fixture
def copied(planned: tuple[Path, Ran], tmp_path: Path) -> Path:
    """A plan folder that a test may spoil."""
    return Path(shutil.copytree(planned[0], tmp_path / "salinan"))


def test_verify_says_what_it_proved(planned: tuple[Path, Ran]) -> None:
    """An untouched plan holds: 0, its value, its money to the rupiah, and on what the bound rests."""
    folder, _ = planned
    certificate = json.loads((folder / "certificate.json").read_text())
    ran = run("verify", folder)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Rencana terbukti: {folder}\n")
    assert f"{certificate['value']:.4f}".replace(".", ",") in ran.out
    by = {"prices": "dibuktikan ulang dari harga", "highs": "menurut pemecah HiGHS"}[certificate["bound_by"]]
    assert by in ran.out
    assert run("verify", folder, "--language", "en").out.startswith("The plan holds: ")


def test_verify_names_files_that_changed(copied: Path) -> None:
    """One rupiah more in a table is another file than the one written: 1, and the file by name."""
    budgets = copied / "tables/budgets.csv"
    budgets.write_text(budgets.read_text().replace("25200000", "25200001"))
    (copied / "waiting.csv").unlink()
    ran = run("verify", copied)
    assert (ran.code, ran.out) == (1, "")
    assert "2 hal tidak sesuai" in ran.err
    assert "  tables/budgets.csv\n" in ran.err
    assert "  waiting.csv\n" in ran.err


def test_verify_names_rows_that_do_not_hold(copied: Path) -> None:
    """Two budget lines forged, their fingerprints too: 1, and both rows, for the arrays tell another story."""
    budgets = copied / "tables/budgets.csv"
    text = budgets.read_text()
    budgets.write_text(text.replace("16000000", "16000001").replace("7000000,", "7000002,"))
    _sign(copied, "tables/budgets.csv")
    ran = run("verify", copied, "--language", "en")
    assert (ran.code, ran.out) == (1, "")
    assert "budgets.csv, FEE, amount: got 16000001; expected 16000000" in ran.err
    assert "budgets.csv, TRAVEL, amount: got 7000002; expected 7000000" in ran.err


def _sign(folder: Path, file: str) -> None:
    certificate = json.loads((folder / "certificate.json").read_text())
    certificate["hashes"]["files"][file] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    (folder / "certificate.json").write_text(json.dumps(certificate))


def test_a_certificate_that_is_none(copied: Path) -> None:
    """Text that is no certificate does not verify, and leaves no trace of the program."""
    (copied / "certificate.json").write_text("{}")
    ran = run("verify", copied)
    assert (ran.code, ran.out) == (1, "")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("asked", [cities.NIPS["005"], "5", "2005"])
def test_explain_by_nip_or_its_end(asked: str, planned: tuple[Path, Ran]) -> None:
    """Whole or by its last digits, it is the same person; the NIP itself is not shown."""
    ran = run("explain", planned[0], asked)
    assert (ran.code, ran.err) == (0, "")
    assert "…005" in ran.out
    assert cities.NIPS["005"] not in ran.out
    assert ran.out == run("explain", planned[0], "005").out


def test_explain_in_english(planned: tuple[Path, Ran]) -> None:
    """The language asked for is that of the explanation."""
    indonesian, english = run("explain", planned[0], "005"), run("explain", planned[0], "005", "--language", "en")
    assert english.code == 0
    assert english.out != indonesian.out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("1", "'1' cocok dengan 2 pegawai"),
        ("00", "tidak ada pegawai '00' dalam rencana"),
        ("208799012110011999", "tidak ada pegawai '…999' dalam rencana"),
        ("", "tidak ada pegawai '' dalam rencana"),
    ],
)
def test_explain_nobody_or_several(asked: str, said: str, planned: tuple[Path, Ran]) -> None:
    """Nobody, or more than one (001 and 011 end with 1): 2, and no NIP is repeated whole."""
    ran = run("explain", planned[0], asked)
    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.split())


def test_example_is_sound_and_says_what_next(tmp_path: Path) -> None:
    """The shipped tables are all written, hold no problem, and the command that is named next makes a plan of them."""
    folder = tmp_path / "contoh"
    ran = run("example", folder)
    assert (ran.code, ran.err) == (0, "")
    assert str(len(list(folder.iterdir()))) in ran.out
    assert run("check", folder).code == 0
    command = ran.out.splitlines()[-1].split()
    assert command[0] == "karier-reco"
    assert run(*command[1:]).code == 0
    assert run("verify", tmp_path / "contoh-plan").code == 0


def test_example_fills_an_empty_folder_but_no_other(tmp_path: Path) -> None:
    """An empty folder will do; what lies in a folder is never mixed with the example."""
    empty = tmp_path / "kosong"
    empty.mkdir()
    assert run("example", empty).code == 0
    before = {path.name: path.read_bytes() for path in empty.iterdir()}
    ran = run("example", empty, "--language", "en")
    assert (ran.code, ran.out) == (2, "")
    assert "expected a new or an empty folder" in " ".join(ran.err.split())
    assert {path.name: path.read_bytes() for path in empty.iterdir()} == before


def test_a_stopped_example_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at the third file takes the first two along."""
    writes: Iterator[int] = iter(range(100))
    write_bytes = Path.write_bytes

    def stopping(path: Path, content: Any) -> int:
        if next(writes) == 2:
            raise KeyboardInterrupt
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", stopping)
    ran = run("example", tmp_path / "contoh")
    assert (ran.code, ran.out) == (130, "")
    assert list((tmp_path / "contoh").iterdir()) == []
