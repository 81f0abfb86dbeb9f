"""The tables of one agency, checked and typed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd

from karier_reco.checking import Found, Source, check, empty, records
from karier_reco.checking.frames import frame_source
from karier_reco.checking.presence import Given, match_tables, unread
from karier_reco.errors import Problem
from karier_reco.settings import Settings
from karier_reco.tables import TABLES, Table


@dataclass(frozen=True, eq=False)
class Dataset:
    """Every table of ``TABLES``, typed, with its settings; made by ``load`` or ``Dataset.from_frames``.

    ``frames`` has each table with exactly its columns, rows in the caller's order; tables and columns that
    were absent are empty or hold their default. Without a sessions table each course is one session. Ids,
    texts and codes are text (``""`` empty), money and filled integers int64, other integers ``Int64``, numbers
    float64, dates ``datetime64[s]``, flags bool. ``settings`` are those given, but for how the tables were written.
    ``problems`` are the warnings; ``left_out`` counts, by table and reason (a key of the texts ``left_out``), the
    rows that were not taken.

    ``data["employees"]`` and ``data.employees`` are the same frame.
    """

    frames: Mapping[str, pd.DataFrame]
    settings: Settings
    problems: tuple[Problem, ...]
    left_out: pd.DataFrame

    @classmethod
    def from_frames(cls, frames: Mapping[str, object], settings: Settings | None = None) -> Self:
        """Check frames by the names of their tables; they are not modified.

        Frames of pandas, polars (lazy ones too), pyarrow and duckdb, and of any library that narwhals knows; any
        dtypes that hold the right values will do. Raises DataError with every problem; places are labels of pandas'
        index, else the row's position from 0: ``employees[3], role_id``.

        >>> import pandas as pd
        >>> try:
        ...     Dataset.from_frames({"units": pd.DataFrame({"unit_id": ["U1"], "name": [""]})})
        ... except ValueError as error:
        ...     print(next(problem for problem in error.problems if problem.table == "units"))
        units[0], name: got ''; expected a value. Fill in the cell.
        """
        found, settings = Found(), settings or Settings()
        given = match_tables([Given(str(name), str(name)) for name in frames], settings, found)
        sources = {
            table: frame_source(table, thing.called, frames[thing.called], settings, found)
            for table, thing in given.items()
        }
        readable = {table: source for table, source in sources.items() if source is not None}
        return cls.from_sources(readable, found, unread(readable, given), settings=settings)

    @classmethod
    def from_sources(cls, sources: Mapping[str, Source], found: Found, broken: set[str], *, settings: Settings) -> Self:
        """Check tables as a reader hands them over; what the reader saw is in ``found``."""
        sources = records(sources, settings, found)
        frames = check(sources, settings, found, broken)
        full = {name: frames[name] if name in frames else empty(name) for name in TABLES}
        if "sessions" not in frames:
            full["sessions"] = _one_session_each(full["courses"])
        counts = [(name, reason, n) for name, source in sources.items() for reason, n in source.left_out.items() if n]
        left_out = pd.DataFrame(
            {
                "table": pd.array([name for name, _, _ in counts], dtype="str"),
                "rows": np.array([n for _, _, n in counts], dtype=np.int64),
                "reason": pd.array([reason for _, reason, _ in counts], dtype="str"),
            }
        )
        return cls(MappingProxyType(full), settings.once_read(), found.problems, left_out)

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.frames[table]

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in TABLES:
            return self.frames[name]
        raise AttributeError(f"Dataset: got no attribute {name!r}; expected a table, one of {', '.join(TABLES)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *TABLES]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"frames": dict(self.frames)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {"frames": MappingProxyType(state["frames"])})

    @property
    def people(self) -> pd.DataFrame:
        """Employees less those that ``settings.exclude`` names, in the same order."""
        employees = self.frames["employees"]
        out = np.zeros(len(employees), dtype=bool)
        for column, values in self.settings.exclude.items():
            out |= employees[column].isin([str(value) for value in values]).to_numpy()
        return employees[~out].reset_index(drop=True)

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """The sha256 of each table's content in key order: the same for every order of rows and kind of file."""
        return MappingProxyType({name: _hash(TABLES[name], frame) for name, frame in self.frames.items()})

    def with_tables(self, **frames: pd.DataFrame) -> Self:
        """Return a new Dataset with some tables replaced, all of it checked again."""
        kept = dict(self.frames)
        sessions = kept["sessions"]
        if len(sessions) and sessions["starts_on"].isna().all():
            del kept["sessions"]  # they stand for courses, which may be other ones now
        return type(self).from_frames(kept | frames, self.settings)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{name}</td><td style='text-align:right'>{len(frame):,}</td></tr>"
            for name, frame in self.frames.items()
        )
        banner = "<p><strong>Data sintetis / synthetic data</strong></p>" if self.settings.synthetic else ""
        warnings = "".join(f"<li>{escape(problem.text)}</li>" for problem in self.problems[:20])
        return (
            f"{banner}<table><thead><tr><th>table</th><th>rows</th></tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{len(self.problems)} warnings</p><ul>{warnings}</ul>"
        )

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {len(frame)}" for name, frame in self.frames.items() if len(frame))
        return f"Dataset({counts}; warnings: {len(self.problems)})"


def _one_session_each(courses: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions of a catalogue without dates: each course is one."""
    n = len(courses)
    sessions = empty("sessions").reindex(range(n))
    given: dict[str, Any] = {
        "session_id": courses["course_id"],
        "course_id": courses["course_id"],
        "place": [""] * n,
        "max_seats": courses["max_seats"],
        "fee": courses["fee"],
        "travel": [0] * n,
        "opening_cost": [0] * n,
        "account": [TABLES["sessions"]["account"].default] * n,
    }
    return sessions.assign(**given).astype(empty("sessions").dtypes.to_dict())


def _hash(table: Table, frame: pd.DataFrame) -> str:
    columns = {column.name: _plain_texts(frame[column.name]) for column in table}
    ranks = [_ranks(columns[name]) for name in reversed(table.key)]
    order = np.lexsort(ranks) if len(frame) else np.array([], dtype=np.intp)
    lines = zip(*(texts[order].tolist() for texts in columns.values()), strict=True)
    content = "\n".join([",".join(columns), *map(",".join, lines)]) + "\n"
    return hashlib.sha256(content.encode()).hexdigest()


def _plain_texts(series: pd.Series[Any]) -> Any:
    codes, values = pd.factorize(series)
    texts = np.array([*(_canonical(value) for value in values.tolist()), ""], dtype=object)
    return texts[codes]


def _canonical(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return repr(value + 0.0)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"' if any(mark in value for mark in ',"\r\n') else value
    return str(value)


def _ranks(texts: Any) -> Any:
    codes, values = pd.factorize(texts)
    rank = np.empty(len(values), dtype=np.intp)
    rank[sorted(range(len(values)), key=values.__getitem__)] = np.arange(len(values))
    return rank[codes]
