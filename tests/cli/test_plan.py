"""``plan`` writes a plan, or nothing, and says what it comes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from karier_reco.cli.progress import Progress
from karier_reco.errors import InfeasibleError
from karier_reco.report import read_plan
from tests import cities
from tests.cli.conftest import Ran, run

YEAR = ("--year", "2027")


def _facts(ran: Ran) -> dict[str, str]:
    """Take the result apart: what stands before two blanks, and what after."""
    return dict(line.split("  ", 1) for line in ran.out.splitlines() if "  " in line)


def test_result_is_what_the_files_say(planned: tuple[Path, Ran]) -> None:
    """Every figure of the result is read again from the files; standard error stays empty in a pipe."""
    out, ran = planned
    assert (ran.code, ran.err) == (0, "")
    facts = {name: text.strip() for name, text in _facts(ran).items()}
    certificate = json.loads((out / "certificate.json").read_text())
    enrolments = pd.read_csv(out / "enrolments.csv", dtype=str)
    sessions = pd.read_csv(out / "tables/sessions.csv")
    total = pd.read_csv(out / "tables/budgets.csv").set_index("budget_id").loc["total"]
    assert ran.out.startswith("Rencana 2027 (usulan), keadaan data per 31 Desember 2026\nData sintetis")
    assert facts["Pegawai mendapat kursi"] == f"{enrolments['employee_id'].nunique()} dari 11"
    assert facts["Kursi"] == str(len(enrolments))
    assert facts["Sesi dibuka"] == f"{(sessions['status'] == 'open').sum()} dari {len(sessions)}"
    money = f"Rp{total['used']:,} dari Rp25,200,000".replace(",", ".")
    assert facts["Biaya"].startswith(money)
    assert facts["Nilai"] == f"{certificate['value']:.4f}".replace(".", ",")
    assert facts["Batas atas nilai"] == f"{certificate['bound']:.4f}".replace(".", ",")
    assert facts["Masih menunggu"] == str(len(pd.read_csv(out / "waiting.csv")))
    mandates = pd.read_csv(out / "tables/mandates.csv")
    assert facts["Mandat ditunda"] == str((mandates["status"] == "deferred").sum())
    assert facts["Peringatan data"] == "0"
    assert all(Path(name).is_file() for name in facts["Berkas"].split(", "))


def test_english(city: Path, tmp_path: Path) -> None:
    """The language is that of the result and of the files; rupiah as people write them are understood."""
    ran = run("plan", city, *YEAR, "--budget", "Rp25.200.000", "--out", tmp_path / "plan", "--language", "en")
    assert ran.code == 0
    assert "of Rp25,200,000 (" in _facts(ran)["Cost"]
    assert '<html lang="en"' in (tmp_path / "plan/plan.html").read_text(encoding="utf-8")


def test_options_reach_the_plan(city: Path, tmp_path: Path) -> None:
    """The day and the most sessions of a person stand in the plan that was written."""
    out = tmp_path / "rencana"
    options = ("--as-of", "2026-11-30", "--max-sessions", "1", "--gap", "0", "--time-limit", "50", "--work-limit", "50")
    assert run("plan", city, *YEAR, "--out", out, *options).code == 0
    plan = read_plan(out)
    assert plan.as_of.isoformat() == "2026-11-30"
    assert plan.limits.max_sessions == 1
    assert plan.enrolments["employee_id"].value_counts().max() == 1


def test_nearly_no_work(city: Path, tmp_path: Path) -> None:
    """Without work the first plan at hand is written, and nothing is claimed of how far it is from the best."""
    out = tmp_path / "rencana"
    ran = run("plan", city, *YEAR, "--out", out, "--work-limit", "0")
    facts = _facts(ran)
    allocation = read_plan(out).allocation
    assert ran.code == 0
    assert allocation.value > 0
    assert allocation.bound is None
    assert "batas kerja" in facts["Pencarian berhenti"]
    assert facts["Selisih dari yang terbaik"] == "belum diketahui"


def test_bad_data_writes_nothing(changed: Callable[..., Path], tmp_path: Path) -> None:
    """A level of 7 in the last row of standards, which is row 8: exit 3, the place on standard error, no folder."""
    standards = cities.frames()["standards"]
    standards.loc[len(standards) - 1, "level"] = "7"
    folder, out = changed(standards=standards), tmp_path / "rencana"
    ran = run("plan", folder, *YEAR, "--out", out)
    assert (ran.code, ran.out) == (3, "")
    assert "1 kesalahan pada data. Tidak ada yang ditulis." in ran.err
    assert f"standards.csv baris {len(standards) + 1}, level: " in ran.err
    assert not out.exists()


def test_many_errors_are_cut_but_counted(changed: Callable[..., Path], tmp_path: Path) -> None:
    """Sixty assessments of nobody's: fifty are shown, ten are counted, and ``check`` shows all."""
    rows = pd.DataFrame(
        {"employee_id": "X", "competency_id": [f"C{i}" for i in range(30)], "assessed_on": "2026-01-01"}
    )
    folder = changed(assessments=rows.assign(level="1", source="centre"))
    ran = run("plan", folder, *YEAR, "--out", tmp_path / "rencana", "--language", "en")
    assert ran.code == 3
    assert "60 errors in the data" in ran.err
    assert ran.err.count("assessments.csv row") == 50
    assert "… and 10 more" in ran.err
    assert run("check", folder).out.count("kesalahan: assessments.csv baris") == 60


def test_locks_against_seats(changed: Callable[..., Path], tmp_path: Path) -> None:
    """Three locks in S3, which has two seats, cannot hold together: exit 4 with these four rows and no other.

    Without any one lock, or with one seat more, there is a plan: 004 and 005 and 001 may all sit in S3.
    """
    decisions = pd.DataFrame(
        [(f"D{i}", cities.NIPS[who], "S3", "lock", "Sudah terdaftar") for i, who in enumerate(["001", "004", "005"])],
        columns=["decision_id", "employee_id", "session_id", "decision", "reason"],
    )
    out = tmp_path / "rencana"
    ran = run("plan", changed(decisions=decisions), *YEAR, "--out", out)
    assert (ran.code, ran.out) == (4, "")
    rows = [line.strip() for line in ran.err.splitlines() if line.startswith("  ")]
    assert "seats[S3]: kursi sesi S3" in rows
    assert sorted(row[:10] for row in rows) == ["lock[…001,", "lock[…004,", "lock[…005,", "seats[S3]:"]
    assert not out.exists()


def test_masked(city: Path, tmp_path: Path) -> None:
    """No file of a masked plan, text or workbook, and no line of output holds a NIP or a name."""
    import zipfile

    out = tmp_path / "rencana"
    ran = run("plan", city, *YEAR, "--out", out, "--masked")
    assert ran.code == 0
    texts = [ran.out, ran.err]
    for path in (path for path in out.rglob("*") if path.is_file()):
        if path.suffix in (".xlsx", ".npz"):
            with zipfile.ZipFile(path) as parts:
                texts += [parts.read(name).decode("utf-8", "replace") for name in parts.namelist()]
        else:
            texts.append(path.read_text(encoding="utf-8"))
    for text in texts:
        assert not [nip for nip in cities.NIPS.values() if nip in text]
        assert not [name for name in cities.frames()["employees"]["name"] if f">{name}<" in text or f",{name}," in text]


def test_earlier_plan_is_replaced_and_foreign_files_stay(city: Path, planned: tuple[Path, Ran], tmp_path: Path) -> None:
    """The same command over its own plan gives the same bytes; a file that no plan wrote is never deleted."""
    out = tmp_path / "rencana"
    command = ("plan", city, *YEAR, "--budget", "25200000", "--out", out)
    assert run(*command).code == 0
    first = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert run(*command).code == 0
    assert {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()} == first
    (out / "catatan-saya.txt").write_text("jangan dihapus")
    ran = run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "catatan-saya.txt" in ran.err
    assert (out / "catatan-saya.txt").read_text() == "jangan dihapus"


def test_ctrl_c_in_the_search_keeps_the_best_plan(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while seats are chosen: the best plan so far is written, and says that it was interrupted."""
    monkeypatch.setattr(Progress, "solver", _press_ctrl_c)
    out = tmp_path / "rencana"
    ran = run("plan", city, *YEAR, "--out", out)
    assert ran.code == 0
    assert "dihentikan (Ctrl-C)" in _facts(ran)["Pencarian berhenti"]
    assert read_plan(out).allocation.stopped_by == "interrupt"


def test_ctrl_c_while_writing_leaves_no_half(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while files are written: 130, and the folder beside is as empty as before."""
    monkeypatch.setattr("karier_reco.report.workbook.write_workbook", _press_ctrl_c)
    ran = run("plan", city, *YEAR, "--out", tmp_path / "rencana")
    assert (ran.code, ran.out) == (130, "")
    assert "Dihentikan." in ran.err
    assert list(tmp_path.iterdir()) == []


def _press_ctrl_c(*args: Any, **options: Any) -> None:
    raise KeyboardInterrupt


def test_a_terminal_shows_progress_on_standard_error(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a person watches, each stage and the solver's figures pass by on standard error; the result stays clean."""
    monkeypatch.setenv("TERM", "xterm")
    ran = run("plan", city, *YEAR, "--out", tmp_path / "rencana", terminal=True)
    assert ran.code == 0
    for words in ("Membaca dan memeriksa tabel", "Menghitung kesenjangan", "Memilih kursi: nilai", "Menulis rencana"):
        assert words in ran.err
        assert words not in ran.out
    assert ran.out.startswith("Rencana 2027")
    assert "\x1b" not in ran.out


def test_who_asks_for_work_is_not_stopped_by_the_clock(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``solve`` stops after 60 s unless told otherwise; with a work limit alone that would differ between computers."""
    asked: list[dict[str, Any]] = []

    def note(*args: Any, **options: Any) -> None:
        asked.append({name: options[name] for name in ("work_limit", "time_limit") if name in options})
        raise InfeasibleError("noted", conflict=["seats[S1]"])

    monkeypatch.setattr("karier_reco.pipeline.make_plan", note)
    for options in ((), ("--work-limit", "5"), ("--time-limit", "5"), ("--time-limit", "5", "--work-limit", "6")):
        assert run("plan", city, *YEAR, "--out", tmp_path / "rencana", *options).code == 4
    assert asked == [
        {}, {"work_limit": 5, "time_limit": None},
        {"work_limit": None, "time_limit": 5}, {"work_limit": 6, "time_limit": 5},
    ]  # fmt: skip
