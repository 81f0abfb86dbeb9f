"""The same tables give the same bytes, for any order of rows, columns and files, threads, hash seed, pyarrow or not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
if sys.argv[4] == "without": sys.modules["pyarrow"] = None
import pandas as pd
assert pd.Series(["text"]).dtype.storage == ("python" if sys.argv[4] == "without" else "pyarrow")
import karier_reco as kr
plan = kr.make_plan(kr.load(sys.argv[1]), 2027, n_jobs=int(sys.argv[3]), time_limit=None, work_limit=4)
kr.write_plan(plan, sys.argv[2])
"""


@dataclass(frozen=True)
class Run:
    """One way to run the same plan."""

    name: str
    threads: int = 1
    hash_seed: str = "0"
    pyarrow: str = "with"
    change: Callable[[Path], None] = field(default=lambda folder: None)


def shuffle(folder: Path) -> None:
    """Write every table anew, last file first, rows and columns in another order."""
    rng = np.random.default_rng(11)
    for path in sorted(folder.glob("*.csv"), reverse=True):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        mixed = frame.sample(frac=1, random_state=rng)[list(rng.permutation(frame.columns))]
        path.unlink()
        mixed.to_csv(path, index=False, sep=";")


RUNS = [
    Run("two threads", threads=2),
    Run("another hash seed", hash_seed="1"),
    Run("a third hash seed, without pyarrow", hash_seed="31415", pyarrow="without"),
    Run("shuffled", change=shuffle),
]


def plan(run: Run, tables: Path, out: Path) -> dict[str, bytes]:
    folder = out / "tables"
    shutil.copytree(tables, folder)
    run.change(folder)
    command = [sys.executable, "-c", SCRIPT, str(folder), str(out / "plan"), str(run.threads), run.pyarrow]
    environment = {**os.environ, "PYTHONHASHSEED": run.hash_seed}
    subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return {
        str(path.relative_to(out / "plan")): path.read_bytes()
        for path in sorted((out / "plan").rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module", params=["example", "city"])
def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example that ships, and a synthetic city of 150 whose solver stops by its work limit."""
    folder = tmp_path_factory.mktemp(request.param) / "tables"
    if request.param == "example":
        shutil.copytree(str(files("karier_reco").joinpath("data/example")), folder)
    else:
        command = [sys.executable, str(ROOT / "datasets" / "generate.py"), "--people", "150", "--seed", "7"]
        subprocess.run([*command, "--out", str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def first(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return plan(Run("first"), tables, tmp_path_factory.mktemp("first"))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_every_run_writes_the_same_bytes(run: Run, tables: Path, first: dict[str, bytes], tmp_path: Path) -> None:
    """Every file of the plan folder is the same to the byte, whatever the way to run it."""
    again = plan(run, tables, tmp_path)
    assert list(again) == list(first)
    assert [name for name in first if again[name] != first[name]] == []
