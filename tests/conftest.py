"""Options and profiles of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.office import Office, converter
from tests.server import Server, running

settings.register_profile("quick", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("full", derandomize=True, deadline=None, max_examples=500)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options that choose how much is measured."""
    parser.addoption("--full", action="store_true", help="run the full counts: 2,000 random instances, not a sample")
    parser.addoption("--reference", metavar="DIR", default=None, help="folder of reference data; without it, skip")


def pytest_configure(config: pytest.Config) -> None:
    """Load the hypothesis profile that goes with the option."""
    settings.load_profile("full" if config.getoption("--full") else "quick")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the full counts were asked for."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(scope="session")
def reference(request: pytest.FixtureRequest) -> Path:
    """The folder of reference data; the test is skipped where none is given."""
    folder = request.config.getoption("--reference")
    if folder is None:
        pytest.skip("needs the public reference data: pass --reference DIR")
    return Path(folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own."""
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """What another spreadsheet program makes of a file."""
    return converter(tmp_path_factory)
