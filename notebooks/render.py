"""Run the notebooks' scripts and write them with their outputs: ``python notebooks/render.py``."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def render(script: Path) -> None:
    """Write the notebook beside its script; cells are numbered and no time is kept, so that a re-run changes little."""
    notebook = jupytext.read(script)
    here = {"metadata": {"path": str(HERE)}}
    NotebookClient(notebook, kernel_name="python3", record_timing=False, resources=here).execute()
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, script.with_suffix(".ipynb"))


if __name__ == "__main__":
    for script in sorted(HERE.glob("*.py")):
        if script != Path(__file__):
            render(script)
