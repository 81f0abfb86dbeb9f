"""Reading the caller's tables: the only place that opens them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from karier_reco.dataset import Dataset
from karier_reco.loading.database import read_database
from karier_reco.loading.folder import read_folder
from karier_reco.loading.tables import Opened, Progress
from karier_reco.loading.workbook import WORKBOOKS, read_workbook
from karier_reco.settings import Settings

__all__ = ["load", "load_example", "settings_of"]


def load(
    source: str | Path,
    settings: Settings | None = None,
    *,
    tables: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
) -> Dataset:
    """Read and check an agency's tables: a folder, a workbook or a database.

    A folder holds ``<table>.csv`` or ``<table>.parquet``; a workbook (.xlsx, .xls, .ods) has a sheet for each table;
    a database is named by its URL, such as ``postgresql+psycopg://reader@localhost/simpeg``, and is only read, in one
    snapshot. Tables and columns go by our names, by their Indonesian or English headings, or by the names that
    ``settings.tables`` and ``settings.columns`` declare; ``tables`` is a shorter way to say the former.

    Settings come from the argument, else from ``settings.toml`` in the folder, else they are the default.
    ``on_progress`` is told, before each table, its name, how many are done and how many there are.

    Raises DataError with every problem of every table, SettingsError for settings that do not exist.
    """
    settings = settings or settings_of(source)
    if tables is not None:
        settings = replace(settings, tables={**settings.tables, **tables})
    return Dataset.from_sources(*_open(source, settings, on_progress), settings=settings)


def settings_of(source: str | Path) -> Settings:
    """Return the settings that lie in a folder of tables, else the default."""
    path = Path(source) / "settings.toml"
    return Settings.from_toml(path) if "://" not in str(source) and path.is_file() else Settings()


def _open(source: str | Path, settings: Settings, on_progress: Progress | None) -> Opened:
    if "://" in str(source):
        return read_database(str(source), settings, on_progress)
    path = Path(source)
    if path.suffix.lower() in WORKBOOKS and not path.is_dir():
        return read_workbook(path, settings, on_progress)
    return read_folder(path, settings, on_progress)


def load_example() -> Dataset:
    """Load the tiny set that ships with the package; its plan can be solved by hand.

    >>> load_example().settings.synthetic
    True
    """
    with as_file(files("karier_reco").joinpath("data/example")) as folder:
        return load(folder)
