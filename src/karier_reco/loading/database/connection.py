"""The way to a database: an address that shows no secret, and a connection of one moment that cannot write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from karier_reco.checking import Found
from karier_reco.checking.found import shown, shown_label
from karier_reco.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

#: How a connection of each kind is opened and begun, so that all tables are of one moment and nothing is written.
_OPTIONS: dict[str, dict[str, Any]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mysql": {"isolation_level": "REPEATABLE READ"},
    "mariadb": {"isolation_level": "REPEATABLE READ"},
    "sqlite": {},
}
_BEGIN: dict[str, tuple[str, ...]] = {
    "postgresql": (),
    "mysql": ("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",),
    "mariadb": ("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",),
    "sqlite": ("PRAGMA query_only = ON", "BEGIN"),
}
#: Seconds to wait for a server to answer, and how each driver is told.
_PATIENCE = 15
_TIMEOUT = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "pg8000": "timeout",
    "pymysql": "connect_timeout",
    "mysqldb": "connect_timeout",
    "mysqlconnector": "connection_timeout",
    "mariadbconnector": "connect_timeout",
    "pysqlite": "timeout",
}
_ENCODED = ("psycopg", "psycopg2")
_SECRET = re.compile("pass|pwd|key|secret|token|cert", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z0-9_+]+")
_NO_TEXT = re.compile(r"^invalid byte sequence for encoding .* (0x[0-9a-f]{2})")
_MESSAGE = 200


@dataclass(frozen=True)
class Address:
    """A database: what it is opened with, what it is called where people read it, and what nobody may read."""

    engine: sa.Engine
    place: str
    secrets: tuple[str, ...]

    @contextmanager
    def reported(self, found: Found, table: str = "", called: str = "") -> Iterator[None]:
        """Make a problem of what the database answers, of a table or of the whole, without any secret."""
        import sqlalchemy as sa

        try:
            yield
        except UnicodeDecodeError as error:
            found.table("database_bytes", table, called or self.place, value=f"0x{error.object[error.start]:02x}")
        except sa.exc.SQLAlchemyError as error:
            answer = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            if byte := _NO_TEXT.search(answer):
                found.table("database_bytes", table, called or self.place, value=byte[1])
                return
            for secret in self.secrets:
                answer = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", answer)
            value = repr(shown_label(answer)[:_MESSAGE])
            found.table("database_failed", table, called or self.place, value=value)


def address_of(url: str, found: Found) -> Address | None:
    """Return the database that a URL names; None, and a problem, where it names none that can be read."""
    scheme = _SCHEME.match(url)
    place = f"{scheme[0] if scheme else ''}://"
    try:
        import sqlalchemy as sa
    except ImportError:
        found.table("missing_extra", "", place, value="SQLAlchemy", remedy="install_extra", extra="sql")
        return None
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        found.table("database_url", "", place)
        return None
    if address.get_backend_name() not in _OPTIONS:
        found.table("database_kind", "", place, value=shown(address.drivername), kinds=", ".join(_OPTIONS))
        return None
    place = _place(address)
    if address.get_backend_name() == "sqlite":
        if not Path(address.database or "").is_file():
            found.table("no_database", "", place)
            return None
        address = address.set(database=f"file:{quote(str(address.database))}").update_query_dict(
            {"mode": "ro", "uri": "true"}
        )
    try:
        engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args=_arguments(address))
    except (sa.exc.ArgumentError, ImportError) as error:
        found.table("database_driver", "", place, value=shown(str(error).partition("\n")[0]))
        return None
    return Address(engine, place, _secrets(address))


def _place(address: sa.URL) -> str:
    """Return what a person knows the database by: no user, no password, none of the driver's options."""
    host = f"[{address.host}]" if ":" in (address.host or "") else address.host or ""
    port = f":{address.port}" if address.port else ""
    return f"{address.get_backend_name()}://{host}{port}/{address.database or ''}"


def _secrets(address: sa.URL) -> tuple[str, ...]:
    options = [value for name, value in address.query.items() if _SECRET.search(name)]
    values = [value for option in options for value in ([option] if isinstance(option, str) else option)]
    return tuple(sorted({secret for secret in (address.password, *values) if secret}, key=len, reverse=True))


def _arguments(address: sa.URL) -> dict[str, Any]:
    driver = address.get_dialect().driver
    given: dict[str, Any] = {_TIMEOUT[driver]: _PATIENCE} if driver in _TIMEOUT else {}
    if driver in _ENCODED:
        given |= {"client_encoding": "utf8"}  # a server without an encoding of its own would send bytes
    return {name: value for name, value in given.items() if name not in address.query}


@contextmanager
def snapshot(address: Address, settings: Settings) -> Iterator[sa.Connection]:
    """Open a connection that sees the database as it is at one moment, and cannot change it."""
    dialect = address.engine.dialect.name
    try:
        with address.engine.connect().execution_options(**_OPTIONS[dialect]) as connection:
            for statement in _BEGIN[dialect]:
                connection.exec_driver_sql(statement)
            if dialect == "postgresql" and settings.encoding == "cp1252":
                server = connection.exec_driver_sql("SHOW server_encoding").scalar()
                if server == "SQL_ASCII":
                    connection.exec_driver_sql("SET client_encoding = 'WIN1252'")
            yield connection
    finally:
        address.engine.dispose()
