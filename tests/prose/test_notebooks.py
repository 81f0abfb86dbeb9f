"""The notebooks run, and what is rendered beside each script is that script's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jupytext
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from tests.prose.pages import ROOT

NOTEBOOKS = ROOT / "notebooks"
SCRIPTS = sorted(set(NOTEBOOKS.glob("*.py")) - {NOTEBOOKS / "render.py"})
NAMES = [script.stem for script in SCRIPTS]
LARGEST = 400_000


@pytest.fixture(params=SCRIPTS, ids=NAMES)
def script(request: pytest.FixtureRequest) -> Path:
    """Each notebook's script."""
    return Path(request.param)


def test_the_script_runs(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs against the present code, from the notebook's own folder, and no warning comes up."""
    monkeypatch.chdir(NOTEBOOKS)
    names: dict[str, Any] = {"__name__": script.stem}
    backend = plt.get_backend()
    plt.switch_backend("Agg")
    options = ("display.max_colwidth", 50, "display.precision", 6)
    try:
        with plt.rc_context(), pd.option_context(*options):
            exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)  # noqa: S102  # our own script
    finally:
        plt.close("all")
        plt.switch_backend(backend)


def rendered(script: Path) -> Any:
    return nbformat.read(script.with_suffix(".ipynb"), as_version=4)


def test_the_rendered_notebook_is_that_of_the_script(script: Path) -> None:
    """Whoever changes the script runs ``python notebooks/render.py``, else readers see the outputs of other code."""
    ours = [(cell.cell_type, cell.source) for cell in jupytext.read(script).cells]
    assert [(cell.cell_type, cell.source) for cell in rendered(script).cells] == ours


def test_the_rendered_notebook_was_run_whole(script: Path) -> None:
    """Its cells were run once, from top to bottom, and none failed."""
    code = [cell for cell in rendered(script).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]


def test_the_rendered_notebook_is_small_and_shows_no_nip(script: Path) -> None:
    """A repository keeps every version: it stays small. A NIP, even a made-up one, shows as its last three digits."""
    text = script.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert len(text) < LARGEST
    words = re.sub(r'"image/png": "[^"]*"', "", text)
    assert re.findall(r"\d{15,}", words) == []
