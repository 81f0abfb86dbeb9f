"""Write ``docs/reference/tables.md`` from ``TABLES``: ``python docs/generate_tables.py``."""

from __future__ import annotations

from pathlib import Path

from karier_reco.rules import codes
from karier_reco.tables import TABLES, Column, Table

PAGE = Path(__file__).parent / "reference" / "tables.md"

HEAD = """\
# Tables

<!-- Written by docs/generate_tables.py from src/karier_reco/tables.py. Change those. -->

One folder, one file `<table>.csv` for each table: comma or semicolon, UTF-8. Ids are text; a NIP too, all 18 digits.
Money is whole rupiah, without separators. Dates are written year-month-day. A missing assessment is unknown, never 0.
A table or column marked ° may be left out; a cell that is not *filled* may be empty.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(_section(table) for table in TABLES.values())])


def _section(table: Table) -> str:
    lines = [
        f"## {table.name}{'' if table.needed else ' °'}",
        "",
        f"{table.about} Key: {', '.join(f'`{name}`' for name in table.key)}.",
        "",
        "| column | kind | filled | what it holds |",
        "|---|---|---|---|",
        *(
            f"| `{column.name}`{'' if column.needed else ' °'} | {column.kind} | {'yes' if column.filled else ''} "
            f"| {_about(column)} |"
            for column in table
        ),
        "",
    ]
    return "\n".join(lines)


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
