"""Every page runs: its Python, its commands, and the output that it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.prose.pages import DOCS, ROOT, blocks, run_page

WRITTEN = [page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts]
PAGES = [ROOT / "README.md", *WRITTEN]
WITH_CODE = [page for page in PAGES if any(block.language in ("python", "console") for block in blocks(page))]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader copies what stands there: it must run as it stands, in an empty folder, and say what the page says."""
    monkeypatch.chdir(tmp_path)
    with pd.option_context("display.width", 80, "display.max_columns", 0):  # what a page sets ends with it
        assert run_page(page) > 0


def test_the_runner_notices_what_is_false(tmp_path: Path) -> None:
    """A check of the check: wrong output, wrong console output and a failing line are each found."""
    faults = {
        "doctest": "```python\n>>> 1 + 1\n3\n\n```\n",
        "console": "```console\n$ karier-reco --version\nkarier-reco 9.9.9\n```\n",
        "exec": "```python\nassert 1 + 1 == 3\n```\n",
    }
    for name, text in faults.items():
        page = tmp_path / f"{name}.md"
        page.write_text(text, encoding="utf-8")
        with pytest.raises(AssertionError):
            run_page(page)


def test_readme_and_the_pages_that_teach_are_among_them() -> None:
    """A page whose fences are misspelt would silently not be run."""
    names = {page.relative_to(ROOT).as_posix() for page in WITH_CODE}
    assert names >= {
        "README.md",
        "docs/tutorial/first-plan.md",
        "docs/how-to/data-problems.md",
        "docs/how-to/decisions.md",
        "docs/how-to/own-candidates.md",
        "docs/how-to/own-problem.md",
        "docs/explanation/similarity.md",
        "docs/explanation/value.md",
        "docs/reference/errors.md",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links between pages and to files of the repository are relative; each must exist, as must its heading."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target} leads nowhere"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, f"{page.name}: no heading for {target}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
