"""The small city of ``tests/cities.py`` as a folder, and the command line run in this process."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from karier_reco.cli import main
from tests import cities


@dataclass(frozen=True)
class Ran:
    """What a run left behind: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


class Terminal(io.TextIOWrapper):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


def run(*args: object, terminal: bool = False) -> Ran:
    """Run the command line in this process: output in pipes that know ASCII only, errors on a terminal if asked."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    err = (Terminal if terminal else io.TextIOWrapper)(io.BytesIO(), encoding="ascii")
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main([str(arg) for arg in args])
    for stream in (out, err):
        stream.flush()
    return Ran(int(left.value.code or 0), *(stream.buffer.getvalue().decode("utf-8") for stream in (out, err)))


def write_city(folder: Path, **tables: pd.DataFrame) -> Path:
    """Write the city; a table that is given takes the place of its own."""
    folder.mkdir()
    for name, frame in (cities.frames() | tables).items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    (folder / "settings.toml").write_text("synthetic = true\nkappa = 0.5\ncompletion_people = 0.0\n")
    return folder


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the city; tests only read it."""
    return write_city(tmp_path_factory.mktemp("cli") / "kota")


@pytest.fixture(scope="session")
def planned(city: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A plan of the city within Rp25,200,000, and what the command said; tests only read it."""
    out = tmp_path_factory.mktemp("plans") / "rencana"
    ran = run("plan", city, "--year", "2027", "--budget", "25200000", "--out", out)
    assert ran.code == 0, ran.err
    return out, ran


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Write the city with tables changed."""
    return lambda **tables: write_city(tmp_path / "kota", **tables)
