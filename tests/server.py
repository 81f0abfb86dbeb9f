"""A real PostgreSQL server for the tests: its own folder, its own port on loopback, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

OWNER, READER = "owner", "reader"
PASSWORD = "rahasia-sekali"  # noqa: S105  # of a server that lives for one test run


@dataclass(frozen=True)
class Server:
    """A running server: where its socket lies and the port that it listens on."""

    folder: Path
    port: int

    def url(self, database: str = "simpeg", user: str = READER, password: str = PASSWORD) -> str:
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "simpeg") -> None:
        """Run statements as the owner, each committed at once."""
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=OWNER, password=PASSWORD, dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @property
    def log(self) -> str:
        """What the server noted, every statement among it."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


def programs() -> Path | None:
    """Return the folder of the server's programs, the newest version's; None where there is none."""
    asked = shutil.which("pg_config")
    said = [Path(subprocess.check_output([asked, "--bindir"], text=True).strip())] if asked else []
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which("postgres")
    on_path = [Path(found).resolve().parent] if found else []
    return next((path for path in (*said, *packaged, *on_path) if (path / "initdb").is_file()), None)


@contextmanager
def running() -> Iterator[Server]:
    """Start a server and stop it at the end; in its database ``simpeg`` the role ``reader`` may do nothing yet.

    The test is skipped where the server is not installed, but fails where all programs must be there.
    """
    found = programs()
    if found is None:
        reason = "needs the PostgreSQL server programs (Debian: apt-get install postgresql)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="karier-pg-"))
    try:
        user = _user(folder)
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        initialise = [found / "initdb", "-D", folder / "data", "-U", OWNER, "-A", "scram-sha-256"]
        options = ["--pwfile", secret, "-E", "UTF8", "--locale", "C", "--no-sync"]
        subprocess.run([*initialise, *options], check=True, user=user, cwd=folder, capture_output=True)
        with _started(found, folder, user) as server:
            server.run(
                f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE simpeg", database="postgres"
            )
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(found: Path, folder: Path, user: int | None) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "fsync": "off",
        "log_statement": "all",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [found / "postgres", "-D", folder / "data", "-p", str(port), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
    try:
        server = Server(folder, port)
        _wait(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # it closes connections at once and leaves nothing behind
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _user(folder: Path) -> int | None:
    """Return whom the server runs as: it refuses to run as root, so then as somebody to whom the folder is given."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    folder.chmod(0o755)
    return entry.pw_uid


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            server.run("SELECT 1", database="postgres")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL: got no answer from port {server.port}; its log says\n{server.log}")
