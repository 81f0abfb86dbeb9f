"""What people call tables, columns and codes: in our words, in both languages, in SIASN and at the agency."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from karier_reco.checking.found import Found, shown
from karier_reco.checking.source import Source
from karier_reco.rules import codes, forms
from karier_reco.settings import Settings
from karier_reco.tables import TABLES, Column
from karier_reco.texts import LANGUAGES, Language, catalogue

_BETWEEN = re.compile(r"[\s_./-]+")


def plain(name: object) -> str:
    """Return a name as names are compared: letters and digits only, small.

    >>> plain(" Kode_Jabatan "), plain("NIP/NI PPPK")
    ('kodejabatan', 'nipnipppk')
    """
    return "".join(mark for mark in unicodedata.normalize("NFKC", str(name)).casefold() if mark.isalnum())


def spelt(code: str) -> str:
    """Return a code as codes are compared: no case, and no spaces, hyphens, underscores, points or slashes.

    >>> spelt("JF Ahli-Muda"), spelt("P?")
    ('jfahlimuda', 'p?')
    """
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", code).casefold())


def heading(table: str, column: str, language: Language) -> str:
    """Return what a column is called in files that people fill in."""
    texts = catalogue()
    return (texts.get(f"heading.{table}.{column}") or texts[f"heading.{column}"])[language]


def sheet(table: str, language: Language) -> str:
    """Return what a table is called in files that people fill in."""
    return catalogue()[f"report.code.table.{table}"][language]


def table_of(name: str, settings: Settings) -> str | None:
    """Return the table that a file or sheet of this name holds; None for a stranger.

    >>> table_of("Data Pegawai", Settings()), table_of("Menu", Settings())
    ('employees', None)
    """
    declared = {plain(called): table for table, called in settings.tables.items()}
    found = declared.get(plain(name)) or _tables().get(plain(name))
    return None if found in settings.tables and found != declared.get(plain(name)) else found


def is_template_sheet(name: str) -> bool:
    """Return whether a sheet is one of the template's that are read by people only: its guide, its list of codes."""
    return plain(name) in {
        plain(catalogue()[f"template.sheet.{kind}"][language]) for kind in ("guide", "codes") for language in LANGUAGES
    }


def recognise(source: Source, settings: Settings, found: Found) -> Source:
    """Return the source with its columns under our names; what the agency declared goes before what is built in.

    Headings that nobody knows stay as they are. Two headings for one column are reported: neither is believed.
    """
    claims: dict[str, list[str]] = {}
    for title in source.cells:
        claims.setdefault(column_of(title, source.table, settings), []).append(title)
    if all([column] == titles for column, titles in claims.items()):
        return source
    for column, titles in claims.items():
        if len(titles) > 1:
            both = ", ".join(map(shown, titles))
            found.table("two_headings", source.table, source.name, value=both, wanted=column)
    lost = {column for column, titles in claims.items() if len(titles) > 1}
    first = {column: titles[0] for column, titles in claims.items()}
    ours_of = {title: column for column, titles in claims.items() for title in titles}
    return replace(
        source,
        cells={column: source.cells[title] for column, title in first.items()},
        titles={column: title for column, title in first.items() if column != title},
        letters={column: source.letters[title] for column, title in first.items() if title in source.letters},
        bad={ours_of[title]: mask for title, mask in source.bad.items()},
        lost=frozenset(lost | {ours_of[title] for title in source.lost}),
    )


def is_known(title: str, table: str, settings: Settings) -> bool:
    """Return whether a heading is a name of one of the table's columns.

    >>> is_known("NIP", "employees", Settings()), is_known("Agama", "employees", Settings())
    (True, False)
    """
    return column_of(title, table, settings) in TABLES[table].names


def column_of(title: str, table: str, settings: Settings) -> str:
    """Return the column that a heading stands for, itself where it stands for none."""
    declared = settings.columns.get(table, {})
    mine = {plain(theirs): ours for ours, theirs in declared.items()}
    ours = mine.get(plain(title)) or columns_of(table).get(plain(title), title)
    return title if ours in declared and plain(title) not in mine else ours


@cache
def columns_of(table: str) -> Mapping[str, str]:
    """Return every name of the table's columns as `plain` text, to the column."""
    names: dict[str, str] = {}
    for column in TABLES[table].names:
        _enter(names, column, _called(table, column))
    return names


def known_names(table: str, settings: Settings) -> set[str]:
    """Return every name that a column of the table may have, the agency's own too, as `plain` text."""
    return {*columns_of(table), *map(plain, settings.columns.get(table, {}).values())}


def spellings(table: str) -> dict[str, str]:
    """Return the names of the table's columns as people write them, to the column: what a near miss may have meant."""
    return {name: column for column in TABLES[table].names for name in _called(table, column)}


def _called(table: str, column: str) -> list[str]:
    others = _data()["columns"].get(table, {}).get(column, [])
    return [*(heading(table, column, language) for language in LANGUAGES), *others, column]


@cache
def codes_of(table: str, column: Column) -> Mapping[str, str]:
    """Return every name of a column's codes as `spelt` text, to the code."""
    names: dict[str, str] = {}
    for code in codes(column.codes or ()):
        said = [code_name(table, column, code, language) for language in LANGUAGES]
        _enter(names, code, [code, *said, *_data()["codes"].get(column.name, {}).get(code, [])], spelt)
    return names


def code_name(table: str, column: Column, code: str, language: Language) -> str:
    """Return what a code is called in files that people fill in.

    >>> code_name("employees", TABLES["employees"]["employment"], "PPPK_PW", "id")
    'PPPK Paruh Waktu'
    """
    if column.codes == "forms":
        return forms()[code].name(language)
    kind = column.codes.removeprefix("budget_").removesuffix("s") if isinstance(column.codes, str) else column.name
    texts = catalogue()
    return (texts.get(f"code.{table}.{column.name}.{code}") or texts[f"report.code.{kind}.{code}"])[language]


def table_spellings(table: str) -> list[str]:
    """Return the names of a table as people write them, each once: what a near miss may have meant."""
    first: dict[str, str] = {}
    for name in [table, *(sheet(table, language) for language in LANGUAGES), *_data()["tables"][table]]:
        first.setdefault(plain(name), name)
    return list(first.values())


@cache
def _tables() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for table in TABLES:
        _enter(names, table, table_spellings(table))
    return names


def _enter(names: dict[str, str], meant: str, called: Iterable[str], form: Callable[[str], str] = plain) -> None:
    for name in called:
        if names.setdefault(form(name), meant) != meant:
            raise ValueError(
                f"headings: got {name!r} for both {names[form(name)]!r} and {meant!r}; expected one meaning. "
                "Remove one of them."
            )


@cache
def _data() -> Any:
    return tomllib.loads(files("karier_reco").joinpath("data/headings.toml").read_text(encoding="utf-8"))
