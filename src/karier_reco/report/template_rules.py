"""What the template says of each column: its rule in words, its choices, its example."""

from __future__ import annotations

from datetime import date
from typing import Any

from karier_reco.checking.examples import example
from karier_reco.checking.names import code_name, heading, sheet
from karier_reco.rules import codes
from karier_reco.tables import TABLES, Column, Table
from karier_reco.texts import Language, text
from karier_reco.words import Words


def title(table: Table, column: Column, language: Language) -> str:
    """Return the heading of a column; those that must be filled in are marked.

    >>> units = TABLES["units"]
    >>> title(units, units["name"], "id"), title(units, units["parent_id"], "id")
    ('Nama unit *', 'Kode unit atasan')
    """
    return heading(table.name, column.name, language) + " *" * column.filled


def choices(table: Table, column: Column, language: Language) -> dict[str, str]:
    """Return the names that a column's cells may hold, to what they stand for; empty where anything goes."""
    if column.kind == "flag":
        return {text(f"template.flag.{flag}", language): flag for flag in ("true", "false")}
    return {code_name(table.name, column, code, language): code for code in codes(column.codes or ())}


def example_cell(table: Table, column: Column, language: Language) -> str | int | float | date | None:
    """Return what the example row has in a column: a name for a code, else the value; None where it is empty."""
    value = example(table.name, language).get(column.name)
    if isinstance(value, bool):
        return text(f"template.flag.{str(value).lower()}", language)
    return code_name(table.name, column, value, language) if column.codes and value else value


def note(table: Table, column: Column, language: Language) -> str:
    """Return the note on a heading: what the column holds, whether it must be filled in, its rule, its example."""
    about = text(f"about.{table.name}.{column.name}", language)
    lines = [f"{about[0].upper()}{about[1:]}.", _need(table, column, language), rule(table, column, language)]
    if column.references:
        lines.append(reference(column, language))
    if column.name in table.key:
        keys = ", ".join(heading(table.name, name, language) for name in table.key)
        lines.append(text("template.note.key", language, columns=keys))
    shown = example_cell(table, column, language)
    if shown is not None:
        lines.append(text("template.note.example", language, example=shown))
    return "\n".join(lines)


def _need(table: Table, column: Column, language: Language) -> str:
    if column.filled:
        return text("template.note.filled", language)
    if column.default is None:
        return text("template.note.empty", language)
    names = {code: name for name, code in choices(table, column, language).items()}
    default = names.get(str(column.default)) or f"{column.default:g}"
    return text("template.note.default", language, default=default)


def rule(table: Table, column: Column, language: Language) -> str:
    """Say what the cells of a column may hold."""
    words, facts = Words(language), {"codes": "; ".join(choices(table, column, language))}
    for name in ("minimum", "maximum"):
        bound = getattr(column, name)
        facts[name] = "" if bound is None else f"{bound:g}" if bound < 10_000 else words.whole(bound)
    return text(f"template.note.{column.kind}", language, **facts)


def reference(column: Column, language: Language) -> str:
    """Say which sheet must hold the ids of a column that refers to it."""
    table, name = str(column.references).split(".")
    return text(
        "template.note.reference", language, sheet=sheet(table, language), column=heading(table, name, language)
    )


def in_order() -> list[Table]:
    """Return the tables in the order in which they are best filled in: each after those that it refers to.

    >>> [table.name for table in in_order()][:5]
    ['units', 'roles', 'employees', 'competencies', 'standards']
    """
    ordered: list[Table] = []
    rest = list(TABLES.values())
    while rest:
        known = {table.name for table in ordered}
        ready = next(table for table in rest if _refers_to(table) <= known)
        ordered.append(ready)
        rest.remove(ready)
    return ordered


def _refers_to(table: Table) -> set[str]:
    return {column.references.split(".")[0] for column in table if column.references} - {table.name}


def validation(table: Table, column: Column, language: Language, ranges: dict[tuple[str, ...], str], last: int) -> Any:
    """Return what a spreadsheet checks as somebody types, in the words of XlsxWriter.

    ``ranges`` has the cells of each list of choices; ``last`` is the last row that other sheets' ids may be in. An id
    that is not there yet may still be entered, after a warning; a code, number or date that cannot be may not.
    """
    names = tuple(choices(table, column, language))
    said = rule(table, column, language)
    if names:
        said = text("template.note.list", language, sheet=text("template.sheet.codes", language))
        check: dict[str, Any] = {"validate": "list", "source": f"={ranges[names]}"}
    elif column.references:
        said = reference(column, language)
        where = str(column.references).split(".")[0]
        source = f"={quoted(sheet(where, language))}!$A$2:$A${last}"
        check = {"validate": "list", "source": source, "error_type": "warning"}
    else:
        check = _bounds(column)
    words = {
        "input_title": heading(table.name, column.name, language)[:32],
        "input_message": said[:255],
        "error_title": text("template.note.wrong", language),
        "error_message": said[:255],
    }
    return check | words


def _bounds(column: Column) -> dict[str, Any]:
    between = {"criteria": "between", "minimum": column.minimum, "maximum": column.maximum}
    match column.kind:
        case "integer" | "money":
            return {"validate": "integer"} | between
        case "number":
            return {"validate": "decimal"} | between
        case "date":
            return {"validate": "date", "criteria": ">=", "value": date(1900, 1, 1)}
        case "id":  # {cell} is the first cell: the others follow it
            return {"validate": "custom", "value": "=AND(ISTEXT({cell}),{cell}=TRIM({cell}))", "error_type": "warning"}
    return {"validate": "any"}


def quoted(name: str) -> str:
    """Return a sheet's name as formulas write it."""
    doubled = name.replace("'", "''")
    return f"'{doubled}'"
