"""Options and profiles of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.office import soffice  # noqa: F401  # a fixture of several folders
from tests.server import server  # noqa: F401  # a fixture of the contract tests

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
