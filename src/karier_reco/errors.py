"""What can go wrong, and what each error knows.

KarierError                     the root: ``except KarierError`` catches all that is ours
├── DataError(ValueError)       the tables: ``problems``, every one of them; ``frames``, what could be read
├── SettingsError(ValueError)   a settings file or argument: ``name``, ``value``
├── LimitsError(ValueError)     arguments of the allocator that do not fit: ``argument``, ``index``, ``value``
│   └── InfeasibleError         the limits contradict each other: ``conflict``, the rows that cannot hold together
├── SolverError(RuntimeError)   a solver gave a wrong answer or none: ``solver``, ``detail``
└── VerificationError           a plan breaks a limit, or its value or bound is not what it says: ``broken``

Messages follow one form: ``<place>: got <value>; expected <rule>. <what to do>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


def masked(employee_id: object) -> str:
    """Return an employee id as messages and logs may show it: its last three characters; a masked one stays.

    >>> masked("208703122110011005")
    '…005'
    """
    text = str(employee_id)
    return text if text.startswith("…") else f"…{text[-3:]}"


class KarierError(Exception):
    """The root of every error that this library raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One defect of the caller's tables, in the words of the person who has to mend it.

    ``severity`` is ``"error"`` (stops the run) or ``"warning"`` (a remark on a row that is used).
    ``kind`` is the key of the text in the catalogue; ``place`` is what a person can find: file,
    spreadsheet row (the heading is row 1) and column. ``text`` is English; ``facts`` and ``remedy`` (the key
    of a text) are what it was made from, so that ``checking.problem_text`` can say it in another language.
    """

    severity: str
    kind: str
    table: str
    place: str
    row: int | None
    column: str | None
    value: str
    text: str
    remedy: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.text


class DataError(KarierError, ValueError):
    """The tables hold errors; ``problems`` has all of them, in the order of tables and rows.

    The message lists the first ``SHOWN``; nothing is lost, ``problems`` is complete. ``frames`` has what could be read,
    by the names of the tables: refused cells are empty there.
    """

    SHOWN = 20

    def __init__(
        self, problems: Sequence[Problem], heading: str = "", frames: Mapping[str, DataFrame] | None = None
    ) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.frames: Mapping[str, DataFrame] = dict(frames or {})
        errors = [p for p in self.problems if p.severity == "error"]
        lines = [heading] if heading else [f"got {len(errors)} data errors; expected none."]
        lines += [f"  {p.text}" for p in errors[: self.SHOWN]]
        if len(errors) > self.SHOWN:
            lines.append(f"  … {len(errors) - self.SHOWN} more in error.problems")
        super().__init__("\n".join(lines))


class SettingsError(KarierError, ValueError):
    """A setting that does not exist or a value that it cannot have."""

    def __init__(self, message: str, *, name: str, value: object = None) -> None:
        super().__init__(message)
        self.name = name
        self.value = value


class LimitsError(KarierError, ValueError):
    """An argument of the allocator does not fit: which one, where in it, and what stands there."""

    def __init__(self, message: str, *, argument: str = "", index: object = None, value: object = None) -> None:
        super().__init__(message)
        self.argument = argument
        self.index = index
        self.value = value


class InfeasibleError(LimitsError):
    """Limits that no plan can keep together; ``conflict`` names them, none superfluous."""

    def __init__(self, message: str, *, conflict: Sequence[str] = ()) -> None:
        super().__init__(message, argument="limits", value=tuple(conflict))
        self.conflict: tuple[str, ...] = tuple(conflict)


class SolverError(KarierError, RuntimeError):
    """A solver answered wrongly, or not at all; ``detail`` says how we know."""

    def __init__(self, message: str, *, solver: str, detail: str = "") -> None:
        super().__init__(message)
        self.solver = solver
        self.detail = detail


class VerificationError(KarierError):
    """A plan that does not hold: ``broken`` lists every row that is over, with by how much."""

    def __init__(self, message: str, *, broken: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.broken: tuple[str, ...] = tuple(broken)
