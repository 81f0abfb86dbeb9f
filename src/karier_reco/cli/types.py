"""What the arguments may be, beyond click's own types."""

from __future__ import annotations

import math
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import click

from karier_reco.cli.run import Run

#: What makes a folder a plan; `report` knows it too, but takes a second to import.
CERTIFICATE = "certificate.json"
#: The endings of workbooks; `loading` knows them too.
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_RUPIAH = re.compile(r"(?:Rp\.? ?)?(\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d+)", re.IGNORECASE)


class Whole(click.IntRange):
    """A whole number of at least ``least``, named in the language of the run."""

    def __init__(self, run: Run, least: int, most: int | None = None) -> None:
        super().__init__(least, most)
        self.name = run.say("type.whole")


class Number(click.FloatRange):
    """A finite number of at least 0."""

    def __init__(self, run: Run, most: float | None = None) -> None:
        super().__init__(0, most)
        self.name = run.say("type.number")
        self._run = run

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(self._run.say("usage.not_finite", value=repr(value)), param, ctx)
        return number


class Rupiah(click.ParamType[int]):
    """Whole rupiah, as a number or as people write it: 1652038542, Rp1.652.038.542."""

    name = "rupiah"

    def __init__(self, run: Run) -> None:
        self._run = run

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = _RUPIAH.fullmatch(str(value).strip())
        if found is None:
            self.fail(self._run.say("usage.rupiah", value=repr(value)), param, ctx)
        return int(re.sub("[.,]", "", found[1]))


class Day(click.ParamType[date]):
    """A day, year-month-day."""

    name = "date"

    def __init__(self, run: Run) -> None:
        self._run = run

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(self._run.say("usage.date", value=repr(value)), param, ctx)


class Folder(click.Path):
    """A folder that is there."""

    def __init__(self, run: Run) -> None:
        super().__init__(exists=True, file_okay=False, path_type=Path)
        self._run = run


class Source(click.Path):
    """Where tables are: a folder, a workbook, or the URL of a database."""

    def __init__(self, run: Run) -> None:
        super().__init__(exists=True, path_type=Path)
        self._run = run

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        if "://" in str(value):
            if str(value).partition("://")[2].partition("/")[0].count("@") > 1:
                self.fail(self._run.say("usage.two_ats"), param, ctx)  # what reads it would take half for the host
            return str(value)
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.is_file() and path.suffix.lower() not in WORKBOOKS:
            kinds = ", ".join(WORKBOOKS)
            self.fail(self._run.say("usage.not_a_source", value=repr(str(path)), kinds=kinds), param, ctx)
        return path


class NewFile(click.Path):
    """A file to write, with the ending of its kind, in a folder that is there."""

    def __init__(self, run: Run, ending: str) -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self._run, self._ending = run, ending

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        folder = path.absolute().parent
        key = ""
        if path.suffix.lower() != self._ending:
            key = "ending"
        elif not folder.is_dir():
            key = "no_folder"
        elif not os.access(folder, os.W_OK | os.X_OK):
            key = "no_write"
        if key:
            shown = folder if key in ("no_folder", "no_write") else path
            self.fail(self._run.say(f"usage.{key}", value=repr(str(shown)), ending=self._ending), param, ctx)
        return path


class PlanFolder(Folder):
    """A folder that a plan was written to."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        folder = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not (folder / CERTIFICATE).is_file():
            self.fail(self._run.say("usage.not_a_plan", value=repr(str(folder))), param, ctx)
        return folder


class NewFolder(click.Path):
    """A folder to write: new, empty or, where ``over_plan``, an earlier plan.

    Said before the work begins; what writes the folder looks again.
    """

    def __init__(self, run: Run, *, over_plan: bool) -> None:
        super().__init__(path_type=Path)
        self._run = run
        self._over_plan = over_plan

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        folder = Path(os.fsdecode(super().convert(value, param, ctx)))
        nearest = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        key, found = "", ""
        if not nearest.is_dir():
            key = "a_file"
        elif not os.access(nearest, os.W_OK | os.X_OK):
            key = "no_write"
        elif nearest == folder.absolute() and not (self._over_plan and (folder / CERTIFICATE).is_file()):
            found = repr(min((path.name for path in folder.iterdir()), default=""))
            key = "" if found == "''" else "foreign" if self._over_plan else "not_empty"
        if key:
            shown = nearest if key in ("a_file", "no_write") else folder
            self.fail(self._run.say(f"usage.{key}", value=repr(str(shown)), found=found), param, ctx)
        return folder
