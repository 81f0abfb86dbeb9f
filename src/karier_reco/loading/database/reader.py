"""A database: read only, in one snapshot, of its columns only those that the tables have."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from karier_reco.checking import Found, Source
from karier_reco.checking.found import near
from karier_reco.checking.frames import labelled_source
from karier_reco.checking.names import is_known, table_of
from karier_reco.checking.presence import Given, match_tables
from karier_reco.loading.database.connection import Address, address_of, snapshot
from karier_reco.loading.database.records import Column, in_key_order
from karier_reco.loading.tables import Opened, Progress, read_each
from karier_reco.settings import Settings
from karier_reco.tables import TABLES

if TYPE_CHECKING:
    import sqlalchemy as sa

#: Records that are fetched at once.
_AT_ONCE = 2_000


def read_database(url: str, settings: Settings, on_progress: Progress | None = None) -> Opened:
    """Return the tables that could be read, the problems seen, and the tables that could not be.

    Only the tables that ``settings.tables`` names are read, ``table`` or ``schema.table``; where it names none, those
    of the default schema whose names are known. A record goes by its key.
    """
    found = Found()
    opened = Opened({}, found, set(TABLES))
    if (address := address_of(url, found)) is not None:
        with address.reported(found), snapshot(address, settings) as connection:
            opened = _read(connection, address, settings, found, on_progress)
    return opened


def _read(
    connection: sa.Connection, address: Address, settings: Settings, found: Found, on_progress: Progress | None
) -> Opened:
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    given = _declared(inspector, settings) if settings.tables else _recognised(inspector, address, settings, found)
    matched = match_tables(given, settings, found)

    def read(table: str, called: str) -> Source | None:
        with address.reported(found, table, called), connection.begin_nested():
            return _table(connection, inspector, table, called, settings, found)
        return None

    return read_each(matched, read, found, on_progress)


def _declared(inspector: sa.Inspector, settings: Settings) -> list[Given]:
    names = settings.tables.values()
    return [Given(name, name) for name in names if inspector.has_table(*_parts(name))]


def _parts(called: str) -> tuple[str, str | None]:
    """Return name and schema of a table as the caller calls it; the schema is None where none is named."""
    schema, _, name = called.rpartition(".")
    return name, schema or None


def _recognised(inspector: sa.Inspector, address: Address, settings: Settings, found: Found) -> list[Given]:
    """Return the tables and views whose names are known or nearly so; of the others, only how many there are."""
    names = {*inspector.get_table_names(), *inspector.get_view_names()}
    if inspector.dialect.name == "postgresql":
        names |= {*inspector.get_materialized_view_names(), *inspector.get_foreign_table_names()}  # type: ignore[attr-defined]  # PostgreSQL's inspector has it
    known = {name for name in names if table_of(name, settings)}
    absent = set(TABLES) - {table_of(name, settings) for name in known}
    close = {name for name in names - known if near(name, absent)}
    if others := names - known - close:
        count = str(len(others))
        found.table("unread_tables", "", address.place, value=count, severity="warning", remedy="ignored")
    return [Given(name, name) for name in sorted(known | close)]


def _table(
    connection: sa.Connection,
    inspector: sa.Inspector,
    table: str,
    called: str,
    settings: Settings,
    found: Found,
) -> Source:
    """Return one table as text, its records in the order of the key whatever the order that they lie in."""
    import sqlalchemy as sa

    name, schema = _parts(called) if settings.tables else (called, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # of types that it does not know: they are none of ours
        types = {column["name"]: column["type"] for column in inspector.get_columns(name, schema)}
    wanted = [title for title in types if is_known(title, table, settings)]
    columns = {title: Column(_reader(types[title])) for title in wanted}
    count = 0
    if wanted:
        quoted: list[sa.ColumnClause[Any]] = [sa.column(sa.quoted_name(title, True)) for title in wanted]
        within = None if schema is None else sa.quoted_name(schema, True)
        query = sa.select(*quoted).select_from(sa.table(sa.quoted_name(name, True), schema=within))
        rows = connection.execute(query, execution_options={"stream_results": True, "yield_per": _AT_ONCE})
        for part in rows.partitions():
            count += len(part)
            for column, values in zip(columns.values(), zip(*part, strict=True), strict=True):
                column.add(values)
    cells, labels = in_key_order(table, {title: column.cells() for title, column in columns.items()}, count, settings)
    kinds = {title: type(types[title]).__name__ for title, column in cells.items() if column is None}
    others = [title for title in types if title not in columns]
    return labelled_source(table, called, cells, labels, settings, found, kinds, others)


def _reader(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    """Return what makes of a column's value the one that is meant."""
    import sqlalchemy as sa

    kind = getattr(kind, "data_type", kind)  # a domain of PostgreSQL
    if isinstance(kind, (sa.CHAR, sa.NCHAR)):
        return _unpadded
    return _moment if isinstance(kind, (sa.Date, sa.DateTime)) else _same


def _unpadded(value: Any) -> Any:
    return value.rstrip(" ") if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """Return the moment that SQLite, which has no type for it, keeps as text; what is none stays text."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _same(value: Any) -> Any:
    return value
