"""Pages of prose and the code in them: what stands in ``python`` and ``console`` blocks runs, output is compared."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.conftest import run

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text and the line where its text begins."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        yield Block(found[1], found[2], text.count("\n", 0, found.start(2)) + 1)


def run_page(page: Path) -> int:
    """Run a page's blocks in order, in one namespace and the present folder; return how many there were.

    Three kinds: Python with ``>>>`` is compared as a doctest, other Python just runs, and in ``console`` each
    ``$ karier-reco`` command is run and what stands below it is compared with what it prints.
    """
    names: dict[str, Any] = {"__name__": page.stem}
    ran = 0
    for block in blocks(page):
        if block.language == "console":
            _run_commands(page, block)
        elif block.language == "python" and ">>>" in block.text:
            _run_doctest(page, block, names)
        elif block.language == "python":
            # Lines are counted from the page's top, so that a trace points into the page.
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)  # noqa: S102  # our own pages
        else:
            continue
        ran += 1
    return ran


def _run_doctest(page: Path, block: Block, names: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, {}, page.name, str(page), block.line - 1)
    test.globs = names
    said: list[str] = []
    doctest.DocTestRunner(optionflags=OPTIONS, verbose=False).run(test, out=said.append, clear_globs=False)
    assert not said, "\n" + "".join(said)


def _run_commands(page: Path, block: Block) -> None:
    checker = doctest.OutputChecker()
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        program, *args = shlex.split(command)
        assert program == "karier-reco", f"{page.name} line {block.line}: {command!r} is not ours to run"
        found = run(*args)
        said = found.out + found.err
        differs = f"{command!r} said (exit code {found.code})\n{said}\nthe page says\n{expected}"
        assert checker.check_output(expected, said, OPTIONS), f"{page.name} line {block.line}: {differs}"
