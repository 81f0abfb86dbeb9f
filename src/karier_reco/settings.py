"""What a run may be told: ``Settings`` for the model, ``Limits`` for the allocation.

Both are frozen and read from TOML; an unknown key is refused. Values that no source settles are
marked [assumed] and shown in every plan.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self, TypeVar

from karier_reco.errors import SettingsError, masked
from karier_reco.tables import TABLES

Unassessed = Literal["expected", "none"]
Record = TypeVar("Record")

EXCLUDABLE = ("employee_id", "role_id", "unit_id", "employment", "grade", "gender")


#: Settings of how the caller's tables are written; a Dataset has none of them, nor has a plan.
_WRITING = ("tables", "columns", "numbers", "dates", "encoding")
_CHOICES = {
    "unassessed": ("expected", "none"),
    "numbers": ("plain", "id", "en"),
    "dates": ("iso", "day_first", "month_first"),
    "encoding": ("utf-8", "cp1252"),
}


def _mapping(**items: Any) -> Any:
    """Return a field whose default is a fresh dict; names of whole numbers become numbers."""
    default = {int(key[1:]) if key[0] == "_" else key: value for key, value in items.items()}
    return field(default_factory=lambda: dict(default))


class _Record:
    """A frozen record whose mappings cannot be changed, and that can be pickled all the same."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        _freeze(self)


@dataclass(frozen=True)
class Settings(_Record):
    """Settings of the model, read from ``settings.toml`` in the folder of tables.

    ``synthetic``: the tables are made up; only there are NIPs a hundred years ahead accepted, and every
    page says so. ``unassessed``: what a missing assessment means, ``expected`` (mean gap of assessed
    people of the role, else tier, at ``unassessed_weight``) or ``none`` (no need). ``step``: levels that
    one course can raise. ``kappa``: readiness lost per level that entry is above the person
    [assumed]. ``*_weight`` and ``*_value``: factors and additions to value [assumed]. ``jp_value``: worth of
    one JP below the target [assumed]. ``course_valid_years``: how long
    a finished course is not offered again [assumed]. ``completion_people``: how many people of the catalogue's
    pass rate every course's own is mixed with [assumed]. ``exclude``: people not planned for,
    by a column of employees and its values, such as ``{"role_id": ("GURU-MUDA",)}``.

    How the tables are written: ``tables`` and ``columns`` give our tables and columns the names that they have at
    the agency, such as ``{"employees": "Data ASN"}`` and ``{"employees": {"employee_id": "Nomor"}}``. ``numbers``:
    ``plain`` (1500.5), ``id`` (1.500,5) or ``en`` (1,500.5). ``dates``: ``iso`` (2027-12-31), ``day_first``
    (31/12/2027) or ``month_first``; year-month-day is read with all three. ``encoding`` of text files: ``utf-8`` or
    ``cp1252``. Nothing of it is guessed: what could be read two ways is refused with both readings.
    """

    agency: str = ""
    synthetic: bool = False
    unassessed: Unassessed = "expected"
    unassessed_weight: float = 0.5
    assessment_max_age_years: int = 3
    step: int = 1
    kappa: float = 0.6
    importance_weight: Mapping[int, float] = _mapping(_1=3.0, _2=2.0, _3=1.0)
    purpose_weight: Mapping[str, float] = _mapping(current=1.0, next=0.5)
    mandate_value: Mapping[int, float] = _mapping(_1=0.0, _2=2.0, _3=1.0)
    request_value: float = 0.1
    jp_value: float = 0.01
    course_valid_years: int = 3
    completion_people: float = 10.0
    exclude: Mapping[str, tuple[str, ...]] = _mapping()
    tables: Mapping[str, str] = _mapping()
    columns: Mapping[str, Mapping[str, str]] = _mapping()
    numbers: Literal["plain", "id", "en"] = "plain"
    dates: Literal["iso", "day_first", "month_first"] = "iso"
    encoding: Literal["utf-8", "cp1252"] = "utf-8"

    def __post_init__(self) -> None:
        _freeze(self)
        for column, values in self.exclude.items():
            _check(column in EXCLUDABLE, "exclude", column, f"one of {list(EXCLUDABLE)}")
            _check(not isinstance(values, str), f"exclude.{column}", values, "a list of values")
        _check_names(self.tables, self.columns)
        for name in ("unassessed", "numbers", "dates", "encoding"):
            allowed = _CHOICES[name]
            _check(getattr(self, name) in allowed, name, getattr(self, name), f"one of {list(allowed)}")
        _check(0 <= self.unassessed_weight <= 1, "unassessed_weight", self.unassessed_weight, "a number from 0 to 1")
        _check(
            self.assessment_max_age_years >= 0, "assessment_max_age_years", self.assessment_max_age_years, "0 or more"
        )
        _check(1 <= self.step <= 5, "step", self.step, "a whole number from 1 to 5")
        _check(0 <= self.kappa <= 1, "kappa", self.kappa, "a number from 0 to 1")
        _check(self.jp_value >= 0, "jp_value", self.jp_value, "0 or more")
        _check(self.completion_people >= 0, "completion_people", self.completion_people, "0 or more")
        _check(self.request_value >= 0, "request_value", self.request_value, "0 or more")
        _check(self.course_valid_years >= 0, "course_valid_years", self.course_valid_years, "0 or more")
        _check_weights("importance_weight", self.importance_weight, (1, 2, 3))
        _check_weights("purpose_weight", self.purpose_weight, ("current", "next"))
        _check_weights("mandate_value", self.mandate_value, (1, 2, 3))

    def once_read(self) -> Self:
        """Return the settings of tables that were read: they go by our names now, and are written as we write."""
        return replace(self, **{name: getattr(Settings(), name) for name in _WRITING})

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read settings from a TOML file; absent keys keep their default."""
        return _read(cls, Path(path))


@dataclass(frozen=True)
class Limits(_Record):
    """Limits of a plan beyond the tables.

    ``budget``: rupiah over all money together. ``max_sessions``: seats a person. ``target_jp``: JP a year
    that a person of an employment should reach (a soft floor). ``max_jp``: JP that they may not pass.
    ``away_share``: greatest share of a unit's people away in one week, 0-1. ``floors``: least value of a
    group's people, by a column of employees and its value, such as ``{"gender": {"P": 900.0}}``.

    The defaults of ``target_jp`` (20 JP, PNS) and ``max_jp`` (24 JP, PPPK) come from the rules data.
    """

    budget: int | None = None
    max_sessions: int | None = 3
    target_jp: Mapping[str, int] | None = None
    max_jp: Mapping[str, int] | None = None
    away_share: float | None = None
    floors: Mapping[str, Mapping[str, float]] = _mapping()

    def __post_init__(self) -> None:
        _freeze(self)
        if self.budget is not None:
            _check(isinstance(self.budget, int) and self.budget >= 0, "budget", self.budget, "whole rupiah, 0 or more")
        if self.max_sessions is not None:
            _check(self.max_sessions >= 0, "max_sessions", self.max_sessions, "a whole number, 0 or more")
        if self.away_share is not None:
            _check(0 <= self.away_share <= 1, "away_share", self.away_share, "a number from 0 to 1")
        for name in ("target_jp", "max_jp"):
            for employment, jp in (getattr(self, name) or {}).items():
                _check(isinstance(jp, int) and jp >= 0, f"{name}.{employment}", jp, "whole JP, 0 or more")


def as_plain(record: Settings | Limits) -> dict[str, Any]:
    """Return the record as plain dicts and lists, keys as text, for JSON and for people: employee ids are masked.

    How the tables were written is left out: a plan is the same for every way.
    """
    plain = {f.name: _plain(getattr(record, f.name)) for f in fields(record) if f.name not in _WRITING}
    if "employee_id" in plain.get("exclude", {}):
        plain["exclude"]["employee_id"] = [masked(name) for name in plain["exclude"]["employee_id"]]
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _read(record: type[Record], path: Path) -> Record:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path.name}: got text that is not TOML ({error}); expected 'name = value' lines. Correct the file.",
            name=path.name,
        ) from error
    return from_mapping(record, given, path.name)


def from_mapping(record: type[Record], given: Mapping[str, Any], place: str = "settings") -> Record:
    """Return a record with the given values, each of the type of its default; unknown keys are refused."""
    known = {f.name: f for f in fields(record)}  # type: ignore[arg-type]  # Record is one of our dataclasses
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Remove it."
            raise SettingsError(
                f"{place}: got {name!r}; expected one of {', '.join(known)}. {hint}", name=name, value=given[name]
            )
    return record(**{name: _typed(place, known[name], value) for name, value in given.items()})


def _typed(place: str, f: Field[Any], value: Any) -> Any:
    """Return the value in the type of the field's default; TOML knows only text as keys."""
    wanted = f.default if f.default_factory is MISSING else f.default_factory()
    if value is None or wanted is None or wanted is MISSING:
        return value
    if isinstance(wanted, Mapping):
        _check(isinstance(value, Mapping), f.name, value, "a table of values", place)
        number_keys = any(isinstance(key, int) for key in wanted)
        inner = {
            int(key) if number_keys and str(key).isdigit() else key: tuple(item) if isinstance(item, list) else item
            for key, item in value.items()
        }
        return {**wanted, **inner}
    if isinstance(wanted, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    fits = isinstance(value, list) if isinstance(wanted, tuple) else type(value) is type(wanted)
    _check(fits, f.name, value, f"a value like {_plain(wanted)!r}", place)
    return value


def _freeze(record: Any) -> None:
    for f in fields(record):
        value = getattr(record, f.name)
        if isinstance(value, dict):
            object.__setattr__(record, f.name, MappingProxyType(dict(value)))
        elif isinstance(value, list):
            object.__setattr__(record, f.name, tuple(value))


def _check(holds: bool, name: str, value: object, rule: str, place: str = "settings") -> None:
    if not holds:
        raise SettingsError(
            f"{place}, {name}: got {value!r}; expected {rule}. Correct it in the settings.", name=name, value=value
        )


def _check_names(tables: Mapping[str, str], columns: Mapping[str, Mapping[str, str]]) -> None:
    for name, called in tables.items():
        _check(name in TABLES, "tables", name, f"one of {', '.join(TABLES)}")
        _check(isinstance(called, str) and bool(called.strip()), f"tables.{name}", called, "its name at the agency")
    for table, names in columns.items():
        _check(table in TABLES, "columns", table, f"one of {', '.join(TABLES)}")
        _check(isinstance(names, Mapping), f"columns.{table}", names, "a name for each column")
        for column, called in names.items():
            rule = f"one of {', '.join(TABLES[table].names)}"
            _check(column in TABLES[table].names, f"columns.{table}", column, rule)
            known = isinstance(called, str) and bool(called.strip())
            _check(known, f"columns.{table}.{column}", called, "its heading at the agency")


def _check_weights(name: str, weights: Mapping[Any, float], keys: tuple[Any, ...]) -> None:
    _check(set(weights) == set(keys), name, dict(weights), f"one number for each of {list(keys)}")
    for key, weight in weights.items():
        _check(weight >= 0, f"{name}.{key}", weight, "0 or more")
