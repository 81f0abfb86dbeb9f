"""Reading the caller's tables: the only place that opens them."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from karier_reco.dataset import Dataset
from karier_reco.loading.folder import read_folder
from karier_reco.settings import Settings

__all__ = ["load", "load_example"]


def load(path: str | Path, settings: Settings | None = None) -> Dataset:
    """Read and check a folder of tables, ``<table>.csv`` each.

    Comma or semicolon, found from the heading; UTF-8 with or without byte order mark. Settings come from
    the argument, else from ``settings.toml`` in the folder, else they are the default. Raises DataError with
    every problem of every table, SettingsError for settings that do not exist.
    """
    folder = Path(path)
    if settings is None and (folder / "settings.toml").is_file():
        settings = Settings.from_toml(folder / "settings.toml")
    sources, found, broken = read_folder(folder)
    return Dataset.from_sources(sources, settings or Settings(), found, broken)


def load_example() -> Dataset:
    """Load the tiny set that ships with the package; its plan can be solved by hand.

    >>> load_example().settings.synthetic
    True
    """
    with as_file(files("karier_reco").joinpath("data/example")) as folder:
        return load(folder)
