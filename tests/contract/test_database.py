"""What a database promises: read only, one moment, named columns only, and every answer of it as a problem."""

# ruff: noqa: S608  # statements are made of the tests' own names

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from karier_reco.checking import Source
from karier_reco.dataset import Dataset
from karier_reco.errors import DataError
from karier_reco.loading import load, load_example
from karier_reco.loading.database import read_database
from karier_reco.settings import Settings
from karier_reco.tables import TABLES
from tests.doors import given, rows, sql_columns
from tests.server import PASSWORD, READER, Server

psycopg = pytest.importorskip("psycopg")

PEGAWAI = {"employees": "simpeg.pegawai"}


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """A fresh database with the schema ``simpeg`` that the role ``reader`` may look into; its name."""
    name = f"db_{uuid4().hex}"
    server.run(f"CREATE DATABASE {name}", database="postgres")
    server.run("CREATE SCHEMA simpeg", f"GRANT USAGE ON SCHEMA simpeg TO {READER}", database=name)
    yield name
    server.run(f"DROP DATABASE {name} WITH (FORCE)", database="postgres")


@pytest.fixture
def run(server: Server, database: str) -> Callable[..., None]:
    """Run statements in the fresh database as its owner."""
    return lambda *statements: server.run(*statements, database=database)


def read(
    server: Server, database: str, tables: Mapping[str, str], **settings: Any
) -> tuple[dict[str, Source], list[str]]:
    """Return what was read as the reader, and the problems that concern it."""
    opened = read_database(server.url(database), Settings(tables=tables, **settings))
    texts = [problem.text for problem in opened.found.problems if problem.kind != "missing_table"]
    return opened.sources, texts


def texts(source: Source, title: str) -> list[str]:
    return [source.cells[title][position] for position in range(len(source))]


def create(server: Server, database: str, data: Dataset) -> None:
    """Write a dataset's tables into the default schema, with the types that a database has for them."""
    with psycopg.connect(server.url(database, "owner").replace("+psycopg", "")) as connection:
        for name, frame in given(data).items():
            connection.execute(f'CREATE TABLE "{name}" ({sql_columns(frame, TABLES[name])})')
            marks = ", ".join(["%s"] * len(frame.columns))
            with connection.cursor() as cursor:
                cursor.executemany(f'INSERT INTO "{name}" VALUES ({marks})', list(rows(frame)))
            connection.execute(f'GRANT SELECT ON "{name}" TO {READER}')


def test_the_example_is_the_same_data_from_a_database(server: Server, database: str) -> None:
    """bigint, numeric, double, date and boolean columns: equal hashes, and no remark of any kind."""
    expected = load_example()
    create(server, database, expected)
    data = load(server.url(database), expected.settings)
    assert dict(data.hashes) == dict(expected.hashes)
    assert data.problems == expected.problems


def test_all_tables_are_of_one_moment(server: Server, database: str) -> None:
    """Another connection adds a unit, and an employee in it, between two reads: half of it would be a false state."""
    expected = load_example()
    create(server, database, expected)

    def on_progress(called: str, done: int, count: int) -> None:
        if called == "units":
            server.run("INSERT INTO units (unit_id, name) VALUES ('BARU', 'Unit baru')", database=database)
            server.run("UPDATE roles SET title = 'lain'", database=database)

    data = load(server.url(database), expected.settings, on_progress=on_progress)
    assert dict(data.hashes) == dict(expected.hashes)
    assert "BARU" in load(server.url(database), expected.settings).units["unit_id"].tolist()


def test_only_named_columns_are_fetched(server: Server, database: str, run: Callable[..., None]) -> None:
    """Religion and health are no business of a training plan: the server is never asked for them, not even for the
    right to them, and both are named as ignored."""
    run(
        "CREATE TABLE simpeg.pegawai (nip text, nama text, agama text, riwayat_sakit text)",
        "INSERT INTO simpeg.pegawai VALUES ('E1', 'Ani', 'rahasia-agama', 'rahasia-sakit')",
        f"GRANT SELECT (nip, nama) ON simpeg.pegawai TO {READER}",
    )
    begun = len(server.log)
    with pytest.raises(DataError) as caught:
        load(server.url(database), tables=PEGAWAI)
    noted = server.log[begun:]
    asked = re.findall(r'SELECT ((?:"\w+",? ?)+)\s+FROM "simpeg"."pegawai"', noted)
    assert [columns.strip() for columns in asked] == ['"nip", "nama"']
    assert "agama" not in noted
    assert "riwayat_sakit" not in noted
    ignored = [problem.text for problem in caught.value.problems if problem.kind == "ignored_column"]
    assert [text.partition(";")[0] for text in ignored] == [
        "simpeg.pegawai: got column 'agama'",
        "simpeg.pegawai: got column 'riwayat_sakit'",
    ]


TYPES = [
    ("bigint", "208703122110011005", "208703122110011005", False),
    ("numeric(18)", "208703122110011005", "208703122110011005", False),
    ("double precision", "208703122110011005", str(int(208703122110011005.0)), True),
    ("char(24)", "'208703122110011005'", "208703122110011005", False),
    ("varchar", "' E1 '", " E1 ", False),
    ("uuid", "'00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001", True),
    ("numeric", "1500.50", "1500.5", True),
    ("real", "0.1", "0.1", True),
    ("date", "'2027-12-31'", "2027-12-31", True),
    ("timestamp", "'2027-12-31'", "2027-12-31", True),
    ("timestamp", "'2027-12-31 08:30'", "2027-12-31 08:30:00", True),
    ("boolean", "true", "true", True),
    ("text", "NULL", "", True),
    ("double precision", "'NaN'", "", True),
    ("numeric", "'NaN'", "", True),
    ("text", "'Café 日本'", "Café 日本", False),
]


@pytest.mark.parametrize(("kind", "value", "text", "typed"), TYPES, ids=lambda value: str(value)[:20])
def test_a_value_of_every_type_is_the_text_that_it_means(
    server: Server, database: str, run: Callable[..., None], kind: str, value: str, text: str, typed: bool
) -> None:
    """Whole numbers are exact, so ids: nothing rounded them. A float did, so it stays marked as a number."""
    run(
        f"CREATE TABLE simpeg.pegawai (nip {kind}, nama text)",
        f"INSERT INTO simpeg.pegawai VALUES ({value}, 'x')",
        f"GRANT SELECT ON simpeg.pegawai TO {READER}",
    )
    sources, said = read(server, database, PEGAWAI)
    cells = sources["employees"].cells["nip"]
    assert said == []
    assert (list(cells.texts), list(cells.typed or ())) == ([text], [typed])


@pytest.mark.parametrize("kind", ["bytea", "json", "jsonb", "text[]"])
def test_a_column_without_single_values_is_a_problem(
    server: Server, database: str, run: Callable[..., None], kind: str
) -> None:
    """Named with its type; the other columns of the table are read all the same."""
    value = {"bytea": "'\\x00'", "text[]": "'{a}'"}.get(kind, "'{\"a\": 1}'")
    run(
        f"CREATE TABLE simpeg.pegawai (nip text, nama {kind})",
        f"INSERT INTO simpeg.pegawai VALUES ('E1', {value})",
        f"GRANT SELECT ON simpeg.pegawai TO {READER}",
    )
    sources, said = read(server, database, PEGAWAI)
    name = {"text[]": "ARRAY"}.get(kind, kind.upper())
    assert len(said) == 1
    assert said[0].startswith(f"simpeg.pegawai, nama: got a column of kind '{name}'; expected one text")
    assert texts(sources["employees"], "nip") == ["E1"]
    assert sources["employees"].lost == {"nama"}


def test_records_lie_in_the_order_of_their_key(server: Server, database: str, run: Callable[..., None]) -> None:
    """Updated rows move to the end of a table and a backup restored moves all: the Source must be the same. A record
    goes by its key, a NIP by its last three digits, numbered where two end alike."""
    values = ["('208703122110011005', 'B')", "('208703122110012005', 'A')", "('E1', NULL)"]
    sources = []
    for order in (values, values[::-1]):
        run(
            "DROP TABLE IF EXISTS simpeg.pegawai",
            "CREATE TABLE simpeg.pegawai (nip text, nama text)",
            *(f"INSERT INTO simpeg.pegawai VALUES {value}" for value in order),
            f"GRANT SELECT ON simpeg.pegawai TO {READER}",
        )
        sources.append(read(server, database, PEGAWAI)[0]["employees"])
    first, second = sources
    assert list(first.rows) == list(second.rows) == ["…005", "…005 (2)", "…E1"]
    for title, cells in first.cells.items():
        assert cells.codes.tolist() == second.cells[title].codes.tolist()
        assert cells.texts == second.cells[title].texts
    assert texts(first, "nama") == ["B", "A", ""]


def test_views_and_names_of_any_kind_are_read(server: Server, database: str, run: Callable[..., None]) -> None:
    """Mixed case, spaces, quotes, percent signs and SQL in a name: names are quoted, never pasted."""
    awkward = 'Pegawai "Aktif" %s; DROP TABLE x'
    quoted = awkward.replace('"', '""')
    run(
        'CREATE TABLE simpeg.x ("NIP" text, "Nama Lengkap" text, "Unit Kerja %" text)',
        "INSERT INTO simpeg.x VALUES ('E1', 'Ani', 'U1')",
        f'CREATE VIEW simpeg."{quoted}" AS SELECT * FROM simpeg.x',
        f'GRANT SELECT ON simpeg."{quoted}" TO {READER}',
        "CREATE MATERIALIZED VIEW public.jabatan AS SELECT 'J1' AS kode, 'Analis' AS nama",
        f"GRANT SELECT ON public.jabatan TO {READER}",
    )
    tables = {"employees": f"simpeg.{awkward}", "roles": "jabatan"}
    columns = {
        "employees": {"unit_id": "Unit Kerja %", "name": "Nama Lengkap"},
        "roles": {"role_id": "kode", "title": "nama"},
    }
    sources, said = read(server, database, tables, columns=columns)
    assert said == []
    assert [texts(sources["employees"], title) for title in ("NIP", "Nama Lengkap", "Unit Kerja %")] == [
        ["E1"],
        ["Ani"],
        ["U1"],
    ]
    assert texts(sources["roles"], "kode") == ["J1"]


def test_strangers_are_counted_and_not_listed(server: Server, database: str, run: Callable[..., None]) -> None:
    """A personnel system has hundreds of tables. Those that are nearly ours are named, as one of them may be meant."""
    strangers = [f"CREATE TABLE public.log_{i:03} (x int)" for i in range(120)]
    run(*strangers, "CREATE TABLE public.emplyees (employee_id text)")
    with pytest.raises(DataError) as caught:
        load(server.url(database))
    found = caught.value.problems
    assert [problem.value for problem in found if problem.kind == "unread_tables"] == ["120"]
    assert [problem.table for problem in found if problem.kind == "ignored_table"] == ["emplyees"]
    assert any(problem.kind == "missing_table" and "Did you mean 'emplyees'?" in problem.text for problem in found)


def test_nothing_can_be_written(server: Server, database: str, run: Callable[..., None]) -> None:
    """A view may call a function that writes; the transaction refuses it, and the refusal is a problem."""
    run(
        "CREATE TABLE simpeg.jejak (x int)",
        "CREATE FUNCTION simpeg.tulis() RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO simpeg.jejak VALUES (1); "
        "RETURN 'E1'; END $$",
        "CREATE VIEW simpeg.pegawai AS SELECT simpeg.tulis() AS nip",
        f"GRANT SELECT ON simpeg.pegawai TO {READER}",
        f"GRANT ALL ON simpeg.jejak TO {READER}",
    )
    sources, said = read(server, database, PEGAWAI)
    assert sources == {}
    assert said == [
        "simpeg.pegawai: got 'cannot execute INSERT in a read-only transaction' from the database; expected tables "
        "that can be read. Check the address, the right to read, and the state of the database."
    ]


def test_one_bad_table_hides_no_other(server: Server, database: str, run: Callable[..., None]) -> None:
    """No right to one table, a second that fails, a third that is not there: three problems, and the fourth is read."""
    run(
        "CREATE TABLE simpeg.pegawai (nip text)",
        "CREATE VIEW simpeg.unit AS SELECT (1 / (random() * 0))::text AS unit_id",
        "CREATE TABLE simpeg.jabatan (role_id text)",
        f"GRANT SELECT ON simpeg.unit, simpeg.jabatan TO {READER}",
    )
    tables = {
        "employees": "simpeg.pegawai",
        "units": "simpeg.unit",
        "roles": "simpeg.jabatan",
        "courses": "simpeg.tidak",
    }
    opened = read_database(server.url(database), Settings(tables=tables))
    said = [problem.text for problem in opened.found.problems]
    assert any(text.startswith("simpeg.pegawai: got 'permission denied for table pegawai'") for text in said)
    assert any(text.startswith("simpeg.unit: got 'division by zero'") for text in said)
    assert any(text.startswith("simpeg.tidak: got nothing; expected the table") for text in said)
    assert set(opened.sources) == {"roles"}
    assert {"employees", "units", "courses"} <= opened.broken


def test_no_message_holds_the_password(server: Server, database: str) -> None:
    """Wrong password, no such database, nobody at the port: one problem each, and neither text, error nor its chain
    of causes shows a secret."""
    secret = "sandi-yang-salah"  # noqa: S105  # it opens nothing
    wrong = server.url(database, password=secret)
    urls = {
        wrong: "password authentication failed",
        server.url("tidak_ada"): 'database "tidak_ada" does not exist',
        f"postgresql+psycopg://{READER}:{secret}@127.0.0.1:1/{database}?sslpassword={secret}": "refused",
    }
    for url, says in urls.items():
        with pytest.raises(DataError) as caught:
            load(url)
        (problem,) = caught.value.problems
        assert says in problem.text
        assert problem.place.startswith("postgresql://127.0.0.1:")
        assert caught.value.__cause__ is caught.value.__context__ is None
        assert secret not in f"{caught.value!r} {problem!r}"
        assert PASSWORD not in f"{caught.value!r} {problem!r}"


def test_a_query_that_takes_too_long_is_a_problem(server: Server, database: str, run: Callable[..., None]) -> None:
    """The role's own limit stops it; the table is named."""
    run(
        "CREATE VIEW simpeg.pegawai AS SELECT pg_sleep(60)::text AS nip",
        f"GRANT SELECT ON simpeg.pegawai TO {READER}",
    )
    opened = read_database(f"{server.url(database)}?options=-c%20statement_timeout=200", Settings(tables=PEGAWAI))
    said = [problem.text for problem in opened.found.problems if problem.kind == "database_failed"]
    assert len(said) == 1
    assert said[0].startswith("simpeg.pegawai: got 'canceling statement due to statement timeout'")


def test_a_database_without_an_encoding(server: Server) -> None:
    """SQL_ASCII hands over the bytes that it was given: UTF-8 is read, other bytes are a problem until the settings
    say what they are."""
    server.run(
        "DROP DATABASE IF EXISTS lama",
        "CREATE DATABASE lama ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
        database="postgres",
    )
    server.run(
        "SET client_encoding = 'SQL_ASCII'",
        "CREATE TABLE pegawai (nip text, nama text)",
        "INSERT INTO pegawai VALUES ('E1', E'Jos\\xe9')",
        "CREATE TABLE unit (unit_id text, nama text)",
        "INSERT INTO unit VALUES ('U1', E'Jos\\xc3\\xa9')",
        f"GRANT SELECT ON pegawai, unit TO {READER}",
        database="lama",
    )
    tables = {"employees": "pegawai", "units": "unit"}
    sources, said = read(server, "lama", tables)
    found = read_database(server.url("lama"), Settings(tables=tables)).found.problems
    assert [problem.table for problem in found if problem.kind == "database_bytes"] == ["employees"]
    assert texts(sources["units"], "nama") == ["José"]
    assert [text.partition(".")[0] for text in said] == ["pegawai: got byte 0xe9 in its texts; expected UTF-8"]
    sources, said = read(server, "lama", {"employees": "pegawai"}, encoding="cp1252")
    assert said == []
    assert texts(sources["employees"], "nama") == ["José"]


def test_memory_stays_bounded(server: Server, database: str, run: Callable[..., None]) -> None:
    """40,000 records of 2 kB come to 80 MB; the texts are equal, so that what is kept is small unless all of them
    are fetched at once."""
    run(
        "CREATE TABLE simpeg.pegawai AS SELECT lpad(i::text, 6, '0') AS nip, repeat('x', 2000) AS nama "
        "FROM generate_series(1, 40000) i",
        f"GRANT SELECT ON simpeg.pegawai TO {READER}",
    )
    program = (
        "import resource, sys\n"
        "from karier_reco.loading.database import read_database\n"
        "from karier_reco.settings import Settings\n"
        "import sqlalchemy, psycopg\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"opened = read_database(sys.argv[1], Settings(tables={PEGAWAI!r}))\n"
        "assert len(opened.sources['employees']) == 40_000\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    said = subprocess.check_output([sys.executable, "-c", program, server.url(database)], text=True)
    assert int(said) < 100_000  # kB: bounded it is 50, all at once 190


def test_only_databases_that_can_be_read_in_one_moment() -> None:
    """Any other kind is refused by name, before anything is opened; so is what is no address at all."""
    for url, kind, says in [
        ("oracle://u:rahasia@h/d", "database_kind", "oracle://: got 'oracle'; expected one of postgresql, mysql, "),
        ("mssql+pyodbc://u:rahasia@h/d", "database_kind", "mssql+pyodbc://: got 'mssql+pyodbc'; expected one of "),
        ("postgresql+psycopg://u:rahasia@h:port/d", "database_url", "postgresql+psycopg://: got no address of a data"),
        ("postgresql+entah://u:rahasia@h/d", "database_driver", "postgresql://h/d: got no driver (\"Can't load plug"),
    ]:
        with pytest.raises(DataError) as caught:
            load(url)
        (problem,) = caught.value.problems
        assert problem.kind == kind
        assert problem.text.startswith(says)
        assert "rahasia" not in str(caught.value)


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLAlchemy is not installed with the core."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(DataError) as caught:
        load("postgresql+psycopg://u:rahasia@h/d")
    (problem,) = caught.value.problems
    assert problem.kind == "missing_extra"
    assert problem.text == (
        "postgresql+psycopg://: got no library SQLAlchemy; expected it to be installed, to read this. "
        "Run: pip install 'karier-reco[sql]'"
    )


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    """A file with a table of people."""
    path = tmp_path / "kota.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE pegawai (nip TEXT, nama TEXT, lahir DATE, diangkat TIMESTAMP, foto BLOB)")
        connection.execute("CREATE TABLE unit (unit_id TEXT, name TEXT)")
        rows = [("E2", "Budi", "2087-03-12", "2110-01-01 00:00:00.000000", b"x"), ("E1", None, "1/2/2087", None, b"x")]
        connection.executemany("INSERT INTO pegawai VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


def test_sqlite_is_read_in_one_moment_and_not_written(sqlite: Path) -> None:
    """A writer adds a unit while people are read; the reader sees none, and the file is as the writer left it."""
    columns = {"employees": {"birth_date": "lahir", "appointed_on": "diangkat"}}

    def on_progress(called: str, done: int, count: int) -> None:
        if called == "unit":
            with sqlite3.connect(sqlite) as writer:
                writer.execute("INSERT INTO unit VALUES ('U1', 'Dinas')")
            writer.close()

    tables = {"employees": "pegawai", "units": "unit"}
    opened = read_database(f"sqlite:///{sqlite}", Settings(tables=tables, columns=columns), on_progress)
    employees = opened.sources["employees"]
    assert list(employees.rows) == ["…E1", "…E2"]
    assert texts(employees, "lahir") == ["1/2/2087", "2087-03-12"]
    assert texts(employees, "diangkat") == ["", "2110-01-01"]
    assert texts(employees, "nama") == ["", "Budi"]
    assert set(employees.cells) == {"nip", "nama", "lahir", "diangkat", "foto"}
    assert texts(employees, "foto") == ["", ""]
    assert len(opened.sources["units"]) == 0
    assert len(read_database(f"sqlite:///{sqlite}", Settings(tables=tables)).sources["units"]) == 1


def test_a_missing_sqlite_file_is_not_made(tmp_path: Path) -> None:
    """SQLite makes what it does not find; a slip in a path must not leave an empty database behind."""
    path = tmp_path / "tidak ada.db"
    with pytest.raises(DataError, match="got no database; expected a file of SQLite") as caught:
        load(f"sqlite:///{path}")
    assert [problem.kind for problem in caught.value.problems] == ["no_database"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_a_problem(tmp_path: Path) -> None:
    """What the driver says of it is the value."""
    path = tmp_path / "kota.db"
    path.write_text("NIP;Nama\n" * 200, encoding="utf-8")
    with pytest.raises(DataError, match="got 'file is not a database' from the database"):
        load(f"sqlite:///{path}")
