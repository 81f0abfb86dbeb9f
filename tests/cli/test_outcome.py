"""Every error has its exit code and its words; a trace is shown only when asked for."""

from __future__ import annotations

from typing import Any

import click
import pytest

from karier_reco import errors
from karier_reco.cli.outcome import finish
from karier_reco.cli.run import Run
from karier_reco.errors import (
    DataError,
    InfeasibleError,
    LimitsError,
    Problem,
    SettingsError,
    SolverError,
    VerificationError,
)

PROBLEM = Problem(
    "error", "empty_file", "roles", "roles.csv", None, None, "", "…", "", (("name", "roles.csv"), ("label", ""))
)

ENDS = [
    (DataError([PROBLEM]), 3, "roles.csv: berkas kosong"),
    (SettingsError("kapa", name="kapa", value=1), 3, "pengaturan tidak dapat dipakai"),
    (SettingsError("out", name="folder", value="out"), 2, "folder tidak dapat dipakai"),
    (LimitsError("budgets: got no line", argument="budgets"), 3, "budgets: got no line"),
    (InfeasibleError("limits", conflict=["seats[S1]", "hold[S1]"]), 4, "hold[S1]: keputusan bahwa sesi S1 dibuka"),
    (SolverError("none", solver="exact", detail="time"), 5, "batas waktu"),
    (SolverError("none", solver="exact", detail="work"), 5, "batas kerja"),
    (SolverError("none", solver="exact", detail="interrupt"), 130, "Dihentikan."),
    (SolverError("4 is not 5", solver="highs", detail="known answer"), 1, "4 is not 5"),
    (VerificationError("plan", broken=["seats[S1]: got 3", "value: got 2"]), 1, "2 hal tidak sesuai"),
    (PermissionError(13, "Permission denied", "/kunci"), 1, "/kunci: Permission denied"),
    (KeyboardInterrupt(), 130, "Dihentikan."),
    (click.Abort(), 130, "Dihentikan."),
    (ZeroDivisionError("208703122110011005"), 1, "ZeroDivisionError: …005"),
]


def _raise(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize(("error", "code", "said"), ENDS, ids=lambda value: type(value).__name__)
def test_exit_code_and_words(error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts rely on the code, people on the words; nobody wants a trace."""
    assert finish(Run("id"), lambda: _raise(error)) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert "Traceback" not in captured.err


def test_every_error_of_ours_is_among_them() -> None:
    """A new error needs an exit code; the root itself is never raised."""
    ours = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.KarierError)}
    assert ours - {errors.KarierError} == {type(error) for error, *_ in ENDS if isinstance(error, errors.KarierError)}


def test_debug_shows_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--debug`` the trace comes first; code and words are the same."""
    assert finish(Run.of(["check", "--debug"]), lambda: _raise(ZeroDivisionError("x"))) == 1
    captured = capsys.readouterr()
    assert "Traceback" in captured.err
    assert "kesalahan tak terduga (ZeroDivisionError: x)" in captured.err


def test_done_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    """Work that returns nothing is done."""
    assert finish(Run(), lambda: None) == 0
    assert capsys.readouterr() == ("", "")
