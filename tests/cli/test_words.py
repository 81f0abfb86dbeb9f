"""Every word in the language asked for, click's own included."""

from __future__ import annotations

import ast
import gettext
from pathlib import Path

import click
import pytest

from karier_reco.catalogue import limit_name
from karier_reco.cli.outcome import limit_words
from karier_reco.cli.run import Run, speaking
from karier_reco.texts import LANGUAGES, catalogue, names_in
from tests.cli.conftest import run

OURS = {key: entry for key, entry in catalogue().items() if key.startswith("cli.")}

#: Modules of click whose words no command of ours can show: prompts, pagers, consoles, completion scripts.
ELSEWHERE = {"_termui_impl.py", "_winconsole.py", "termui.py", "shell_completion.py", "utils.py"}

#: Words for whoever writes a command, and for kinds of arguments that we do not have.
NOT_OURS = {
    "Value must be an iterable.", "Could not determine name for option with declarations {decls!r}",
    "Arguments take exactly one parameter declaration, got {length}: {decls}.", "Name '{name}' defined twice",
    "Boolean option {decl!r} cannot use the same flag for true/false.", "deprecated", "Choice({choices})",
    "No options defined but a name was passed ({name}). Did you mean to declare an argument instead? "
    "Did you mean to pass '--{name}'?",
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}",
    "Do you want to continue?", "Confirm the action without prompting.", "%(prog)s, version %(version)s",
    "{value!r} is not a valid UUID.", "{value!r} does not match the format {format}.",
    "{value!r} does not match the formats {formats}.",
}  # fmt: skip


def _click_words() -> set[str]:
    found = set()
    for path in Path(click.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.name not in ELSEWHERE else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return found


def test_click_says_nothing_that_the_catalogue_lacks() -> None:
    """A new version of click may bring new words: all it passes through gettext is ours, or cannot be shown."""
    ours = {entry["en"] for key, entry in OURS.items() if key.startswith("cli.click.")}
    assert _click_words() - NOT_OURS - ours == set()
    assert _click_words() >= NOT_OURS, "an exemption that click does not need any more"


@pytest.mark.parametrize("key", OURS)
def test_both_languages_fill_in_the_same_names(key: str) -> None:
    """A name that only one language has would fail there, or leave a fact out."""
    assert names_in(OURS[key]["id"]) == names_in(OURS[key]["en"])


def test_click_speaks_only_while_the_command_runs() -> None:
    """gettext belongs to the process: what we lend it is taken back, whatever happens in between."""
    before = (gettext.dgettext, gettext.dngettext)
    with speaking("id"):
        assert gettext.gettext("Missing command.") == "Perintah belum disebut."
        assert gettext.ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 2) == (
            "(Maksudnya salah satu dari: {possibilities}?)"
        )
        assert gettext.gettext("words of somebody else") == "words of somebody else"
    with pytest.raises(ZeroDivisionError), speaking("id"):
        raise ZeroDivisionError
    assert (gettext.dgettext, gettext.dngettext) == before
    assert gettext.gettext("Missing command.") == "Missing command."


KINDS = ["budget", "seats", "min_seats", "hold", "sessions", "hours", "exclusive", "requires"]
KINDS += ["lock", "mandate", "floor"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_limit_has_words(kind: str, language: str) -> None:
    """An infeasible plan names its rows by kind and item; each kind of the optimiser can be said."""
    words = limit_words(Run(language), limit_name(f"{kind}[…005]"))
    assert "…005" in words
    assert "[" not in words


def test_a_week_away_is_said_as_people() -> None:
    """away/DINKES/2027-W09 counts people of a unit in a week, though it is a budget line of the optimiser."""
    assert limit_words(Run("en"), "budget[away/DINKES/2027-W09]") == "people of DINKES who may be away in week 2027-W09"


HELP = [(), ("check",), ("plan",), ("explain",), ("verify",), ("what-if",), ("template",), ("siasn",), ("example",)]


@pytest.mark.parametrize("command", HELP)
def test_help_is_indonesian_unless_asked_otherwise(command: tuple[str, ...]) -> None:
    """Help of every command in both languages, the option before or after the command, with a space or with =."""
    indonesian = run(*command, "--help")
    assert (indonesian.code, indonesian.err) == (0, "")
    assert "Pemakaian: karier-reco" in indonesian.out
    assert "Tampilkan pesan ini, lalu keluar." in indonesian.out
    assert not [word for word in ("Usage", "Options", "Show this", "required") if word in indonesian.out]
    english = run("--language", "en", *command, "--help")
    assert "Usage: karier-reco" in english.out
    assert not [word for word in ("Pemakaian", "Opsi", "wajib", "Tampilkan") if word in english.out]
    assert run(*command, "--language=en", "--help") == english


def test_version() -> None:
    """The version is the package's own."""
    from karier_reco import __version__

    assert run("--version").out == f"karier-reco {__version__}\n"
