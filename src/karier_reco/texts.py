"""Every word that officials read, Indonesian first, English on request: one catalogue.

The catalogue lies in ``data/texts/*.toml``: ``[key]`` with ``id`` and ``en``, and ``{names}`` to fill in.
"""

from __future__ import annotations

import string
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from karier_reco.errors import SettingsError

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return all texts: key to language to text."""
    found: dict[str, dict[str, str]] = {}
    folder = files("karier_reco").joinpath("data/texts")
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            found |= _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    return found


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, dict[str, str]]:
    if set(tree) == set(LANGUAGES):
        return {prefix: tree}
    found: dict[str, dict[str, str]] = {}
    for name, branch in tree.items():
        found |= _flat(branch, f"{prefix}.{name}" if prefix else name)
    return found


def text(key: str, language: Language = "id", **values: object) -> str:
    """Return one text, its names filled in.

    >>> text("plan.status.proposed", "id")
    'Usulan'
    """
    if language not in LANGUAGES:
        raise SettingsError(
            f"language: got {language!r}; expected one of {', '.join(LANGUAGES)}. Choose one of them.",
            name="language",
            value=language,
        )
    try:
        return catalogue()[key][language].format_map(values) if values else catalogue()[key][language]
    except KeyError as error:
        raise SettingsError(
            f"texts, {key}: got no {error.args[0]!r}; expected a text and a value for every name in it. "
            "Add it to data/texts.",
            name=key,
            value=error.args[0],
        ) from error


def names_in(template: str) -> set[str]:
    """Return the names that a text wants filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
