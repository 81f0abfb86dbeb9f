"""What must hold of every line of the source: public names, docstrings that run, errors that name a value, words."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import inspect
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

import karier_reco as kr
from karier_reco.texts import LANGUAGES, catalogue, names_in
from tests.prose.pages import ROOT

SOURCE = ROOT / "src" / "karier_reco"
PATHS = sorted(SOURCE.rglob("*.py"))
MODULES = [
    ".".join(["karier_reco", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")
    for path in PATHS
]
PUBLIC = [name for name in kr.__all__ if name != "__version__"]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PATHS}


@pytest.mark.parametrize("module", MODULES)
def test_docstring_examples_run(module: str) -> None:
    """An example that does not run, or says something else, teaches what is false."""
    with pd.option_context("display.width", 80, "display.max_columns", 0):
        failed, _ = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_the_public_names_are_the_namespace() -> None:
    """``__all__`` says what is public: each name is there once, is no module, and nothing but modules is beside it.

    All modules are imported first: a module of the same name would take the place of the function.
    """
    for module in MODULES:
        importlib.import_module(module)
    assert len(set(kr.__all__)) == len(kr.__all__)
    assert set(kr.__all__) <= set(dir(kr))
    assert [name for name in PUBLIC if inspect.ismodule(getattr(kr, name))] == []
    parts = {path.stem for path in SOURCE.iterdir()}
    imported = {"annotations", "logging", "import_module", "TYPE_CHECKING", "Any"}
    assert {name for name in vars(kr) if not name.startswith("_")} - parts - imported <= set(PUBLIC)


def test_type_checkers_see_the_names_that_are_loaded_late() -> None:
    """The imports for type checkers and the map of late imports are one list, written twice: they agree."""
    tree = TREES[SOURCE / "__init__.py"]
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {
        alias.asname: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert typed == {name: f"karier_reco.{module}" for name, module in kr._MODULES.items()}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_docstring_begins_with_one_sentence(name: str) -> None:
    """What it does or is comes first, in one sentence; of a function in the imperative: no word in s, ed or ing."""
    thing = getattr(kr, name)
    doc = inspect.getdoc(thing) if thing.__doc__ else None
    assert doc, f"{name} has no docstring"
    first = doc.split("\n\n")[0]
    assert re.match(r"[A-Z]", first), f"{name}: {first!r}"
    assert re.search(r"[.!:]$", first), f"{name}: {first!r}"
    if inspect.isfunction(thing):
        verb = first.split()[0]
        assert not re.search(r"(ss?|ed|ing)$", verb) or verb in {"Pass", "Process"}, (
            f"{name}: {verb!r} is no imperative"
        )


@functools.cache
def _functions(tree: ast.AST) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _imported(tree: ast.AST) -> dict[str, ast.FunctionDef]:
    """Return the functions of our other modules that a module imports."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return {name: made for other in TREES.values() for name, made in _functions(other).items() if name in names}


def _says_got(part: ast.AST) -> bool:
    """Whether one text in this part of the source has the word *got* and a value filled in."""
    for node in ast.walk(part):
        if isinstance(node, ast.JoinedStr):
            words = "".join(str(piece.value) for piece in node.values if isinstance(piece, ast.Constant))
            if re.search(r"\bgot\b", words) and any(isinstance(piece, ast.FormattedValue) for piece in node.values):
                return True
    return False


#: Raises whose message is made elsewhere, each with why the value is in it.
MADE_ELSEWHERE = {
    ("checking/found.py", "raise_errors"): "DataError makes its message of the problems, each with its value",
    ("cli/commands.py", "_one_of"): "the texts cli.usage.no_employee and many_employees have {value}",
    ("cli/commands.py", "_keep_tables"): "the text cli.usage.over_source has {value}",
    ("__init__.py", "__getattr__"): "Python's own words for an attribute that does not exist, with its name",
}


def test_every_raise_names_a_value() -> None:
    """A message without the value found sends its reader on a search: *got* and a value, in every one.

    The message stands in the call; where the call is given a variable or a helper's answer, in that function or helper.
    Those made elsewhere are listed with the reason, and the list has nothing superfluous.
    """
    silent = set()
    for path, tree in TREES.items():
        functions = _functions(tree)
        helpers = _imported(tree) | functions
        for name, function in functions.items():
            for node in ast.walk(function):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):  # else raised again as it was
                    made_in = _message(node.exc, function, helpers)
                    if not _says_got(made_in):
                        silent.add((path.relative_to(SOURCE).as_posix(), name))
    assert silent == set(MADE_ELSEWHERE)


def _message(call: ast.Call, function: ast.AST, functions: dict[str, ast.FunctionDef]) -> ast.AST:
    """Return the part of the source that makes the message of an exception."""
    if isinstance(call.func, ast.Name) and call.func.id in functions:
        return functions[call.func.id]
    if call.args and any(isinstance(node, ast.JoinedStr) for node in ast.walk(call.args[0])):
        return call.args[0]
    return function


def test_only_the_command_line_prints() -> None:
    """A library that prints cannot be used inside another program."""
    for path, tree in TREES.items():
        if "cli" not in path.parts:
            calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
            assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"], path


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_text_says_the_same_facts_in_both_languages(key: str) -> None:
    """A name filled in only in one language is a fact that the other's readers do not get."""
    entry = catalogue()[key]
    assert set(entry) == set(LANGUAGES)
    assert all(entry.values())
    assert names_in(entry["id"]) == names_in(entry["en"])


#: Functions that put the first part before the keys they are given, and the modules whose words they say.
PREFIXES = {
    "cli.": ("cli/",),
    "report.": ("report/", "words.py"),
    "plan.explain.": ("explanation.py", "gaps.py"),
    "whatif.": ("whatif/",),
    "": ("",),
}
WRAPPERS = {re.escape(prefix) + r"[\w-]+" for prefix in PREFIXES}


def _keys_said(prefix: str) -> list[re.Pattern[str]]:
    """Return what the rest of keys after a prefix looks like in the source; a part filled in is a word."""
    found = set()
    for path, tree in TREES.items():
        if path.relative_to(SOURCE).as_posix().startswith(PREFIXES[prefix]):
            put_together = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
            pieces = {piece for node in put_together for piece in node.values}
            alone = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in pieces]
            found |= {_quoted(node.value).pattern for node in alone if isinstance(node.value, str)}
            found |= {"".join(map(_as_pattern, node.values)) for node in put_together}
    begins = re.compile(r"[a-z_]+(\\\.|$)")
    return [re.compile(text) for text in found - WRAPPERS if begins.match(text)]


def _quoted(text: str) -> re.Pattern[str]:
    """Return the text itself; with a full stop at its end, all that begins with it."""
    return re.compile(re.escape(text) + (".*" if text.endswith(".") else ""))


def _as_pattern(piece: ast.expr) -> str:
    return re.escape(str(piece.value)) if isinstance(piece, ast.Constant) else r"[\w-]+"


def test_no_text_is_left_over() -> None:
    """A text that nothing says is one more to translate: every key is somewhere in the source."""
    templates = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.j2"))
    quoted = [_quoted(text) for text in set(re.findall(r'\bt\("([\w.]+)"', templates))]
    said = {prefix: [*_keys_said(prefix), *quoted] for prefix in PREFIXES}
    unused = []
    for key in catalogue():
        rests = {prefix: key.removeprefix(prefix) for prefix in PREFIXES if key.startswith(prefix)}
        if not any(pattern.fullmatch(rest) for prefix, rest in rests.items() for pattern in said[prefix]):
            unused.append(key)
    assert not unused, "\n".join(unused)


#: Folders of other projects and of whoever builds this one; nothing here may point to them.
WORKPLACES = (r"/wor[k]/", r"/tm[p]/", r"/roo[t]/", r"/hom[e]/\w+", r"C:\\\\User[s]")


def test_no_file_names_a_workplace() -> None:
    """A path of somebody's machine is noise at best: files speak of the project alone, by relative paths."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)  # noqa: S607  # git of the path
    for name in listed.stdout.decode().splitlines():
        path = ROOT / name
        if not path.is_file() or path.suffix in {".png", ".npz", ".xlsx"}:
            continue
        text = path.read_text(encoding="utf-8")
        for pattern in WORKPLACES:
            found = re.search(pattern, text)
            assert found is None, f"{name}: names {found and found[0]!r}"


def test_pages_and_code_are_text_in_one_form() -> None:
    """No carriage returns and no tabs in Markdown and Python, and every file ends with one line end."""
    for path in [*PATHS, *sorted(Path(ROOT).glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]:
        text = path.read_bytes()
        assert b"\r" not in text, path
        assert text.endswith(b"\n"), path
