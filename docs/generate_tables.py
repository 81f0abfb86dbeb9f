"""Write ``docs/reference/tables.md`` from ``TABLES``: ``python docs/generate_tables.py``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from karier_reco.checking.names import plain, spellings, table_spellings
from karier_reco.rules import codes
from karier_reco.tables import TABLES, Column, Table

PAGE = Path(__file__).parent / "reference" / "tables.md"

HEAD = """\
# Tables

<!-- Written by docs/generate_tables.py from src/karier_reco/tables.py. Change those. -->

One folder with a CSV or Parquet file for each table, one workbook with a sheet for each, a database, or frames: see
[prepare your data](../how-to/prepare-data.md). Ids are text; a NIP too, all 18 digits. Money is whole rupiah, without
separators, and dates are written year-month-day, unless the settings say how they are written. A missing assessment is
unknown, never 0. A table or column marked ° may be left out; a cell that is not *filled* may be empty. Tables and
columns are known by the names under *also called* too, without regard to capitals, spaces and punctuation.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(_section(table) for table in TABLES.values())])


def _section(table: Table) -> str:
    names: dict[str, list[str]] = {column.name: [] for column in table}
    for called, column in spellings(table.name).items():
        names[column].append(called)
    lines = [
        f"## {table.name}{'' if table.needed else ' °'}",
        "",
        f"{table.about} Key: {', '.join(f'`{name}`' for name in table.key)}. "
        f"Also called {_others(table.name, table_spellings(table.name))}.",
        "",
        "| column | kind | filled | what it holds | also called |",
        "|---|---|---|---|---|",
        *(
            f"| `{column.name}`{'' if column.needed else ' °'} | {column.kind} | {'yes' if column.filled else ''} "
            f"| {_about(column)} | {_others(column.name, names[column.name])} |"
            for column in table
        ),
        "",
    ]
    return "\n".join(lines)


def _others(name: str, called: Iterable[str]) -> str:
    """Return the other names of a table or column, each once, as people write them."""
    others = {plain(other): other for other in reversed(list(called)) if plain(other) != plain(name)}
    return ", ".join(other.replace("|", "\\|") for other in reversed(others.values()))


def _about(column: Column) -> str:
    facts = [column.about]
    if column.references is not None:
        facts.append(f"one of `{column.references}`")
    if column.codes is not None:
        facts.append("one of " + ", ".join(f"`{code}`" for code in codes(column.codes)))
    if column.minimum is not None and column.maximum is not None:
        facts.append(f"{column.minimum:,.0f} to {column.maximum:,.0f}")
    if column.default is not None and "default" not in column.about:
        facts.append(f"default {column.default}")
    return "; ".join(facts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
