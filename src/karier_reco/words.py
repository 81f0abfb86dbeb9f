"""Words of the catalogue, and numbers, dates and rupiah as Indonesians (or the English) write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from karier_reco.texts import Language, catalogue, text

if TYPE_CHECKING:
    import pandas as pd

#: Counts of fewer people say something about each of them and are not shown.
FEWEST = 5
#: Longest text of a cell on the page; the tables have it whole.
LONGEST = 200

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0d-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_NEXT_ROW = re.compile(r"; (?=[a-z_]+\[)")
_ROW = re.compile(r"([a-z_]+)\[(.*)\]", re.DOTALL)
_AWAY = re.compile(r"away/(.*)/(\d{4}-W\d\d)", re.DOTALL)


class Row(NamedTuple):
    """The name of a limit, taken apart: ``budget[fee/dinkes]`` is of the kind budget, its item fee/dinkes."""

    kind: str
    item: str


def rows_of(limits: str) -> Iterator[Row]:
    """Take apart the names of limits that a table joins by semicolons.

    >>> list(rows_of("budget[fee/dinkes]; seats[S1]"))
    [Row(kind='budget', item='fee/dinkes'), Row(kind='seats', item='S1')]
    """
    for name in _NEXT_ROW.split(limits) if limits else ():
        found = _ROW.fullmatch(name)
        yield Row(found[1], found[2]) if found else Row(name, "")


def visible(words: object) -> str:
    r"""Return text whose control characters show: those that XML refuses, and those that turn the reading order.

    >>> visible("a\x00b\u202ec")
    'a␀b⟨U+202E⟩c'
    """
    return _INVISIBLE.sub(_shown, str(words).replace("\r\n", "\n"))


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "�" if 0xD800 <= code <= 0xDFFF or code >= 0xFFFE else f"⟨U+{code:04X}⟩"


@dataclass(frozen=True)
class Words:
    """Everything that a report says, in one language.

    >>> Words("id").rupiah(1_250_000), Words("en").day(date(2026, 11, 24)), Words("id").number(0.5, 2)
    ('Rp1.250.000', '24 November 2026', '0,50')
    """

    language: Language

    def __post_init__(self) -> None:
        text("plan.status.proposed", self.language)  # an unknown language fails here, before anything is written

    @property
    def locale(self) -> str:
        return {"id": "id_ID", "en": "en_GB"}[self.language]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text of the reports, ``report.<key>`` of the catalogue."""
        return text(f"report.{key}", self.language, **values)

    def code(self, kind: str, code: str) -> str:
        """Return the name of a code, ``report.code.<kind>.<code>``; one that the catalogue lacks stays as it is."""
        key = f"report.code.{kind}.{code}"
        return catalogue()[key][self.language] if key in catalogue() else code

    def reason(self, code: str) -> str:
        """Say why rows were left out; a reason in the caller's own words stays as it is."""
        names = catalogue().get(f"left_out.{code}")
        return names[self.language] if names else code

    def rupiah(self, amount: int) -> str:
        return f"{'−' if amount < 0 else ''}Rp{self.whole(abs(amount))}"

    def whole(self, number: float) -> str:
        return self.number(number, 0)

    def number(self, number: float, digits: int = 1) -> str:
        from babel.numbers import format_decimal

        return format_decimal(float(number), format="#,##0" + "." * bool(digits) + "0" * digits, locale=self.locale)

    def people(self, count: int) -> str:
        """Return a count of people; one so small that it says something about each of them is not said.

        >>> [Words("en").people(count) for count in (0, 4, 5)]
        ['0', '<5', '5']
        """
        return self("few") if 0 < count < FEWEST else self.whole(count)

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share in per cent, rounded down: 100 % is said only of what is whole."""
        return f"{self.number(int(100 * 10**digits * share + 1e-9) / 10**digits, digits)} %"

    def day(self, day: date | pd.Timestamp) -> str:
        import pandas as pd
        from babel.dates import format_date

        return "" if pd.isna(day) else format_date(day, "d MMMM y", locale=self.locale)

    def short(self, words: object) -> str:
        """Return text as the page shows it: nothing invisible, and not longer than a paragraph."""
        shown = visible(words)
        return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"

    def line(self, account: str, unit: str) -> str:
        """Name a budget line by what it pays for and for whom."""
        return f"{self.code('account', account)} – {unit or self('every_unit')}"

    def limits(self, names: str, lines: dict[str, str], units: dict[str, str]) -> str:
        """Say the limits that a table names, budget lines together, each once."""
        rows = list(rows_of(names))
        short = [
            lines.get(row.item, row.item) for row in rows if row.kind == "budget" and not _AWAY.fullmatch(row.item)
        ]
        said = [self("limit.budget", line=", ".join(dict.fromkeys(short)))] if short else []
        others = [row for row in rows if row.kind != "budget" or _AWAY.fullmatch(row.item)]
        return "; ".join([*said, *dict.fromkeys(self.limit(row, lines, units) for row in others)])

    def limit(self, row: Row, lines: dict[str, str], units: dict[str, str]) -> str:
        """Say in a sentence which limit stands in the way; ``lines`` and ``units`` give names to ids."""
        away = _AWAY.fullmatch(row.item)
        if row.kind == "budget" and away:
            return self("limit.away", unit=units.get(away[1], away[1]), week=away[2])
        if row.kind == "budget":
            return self("limit.budget", line=lines.get(row.item, row.item))
        key = f"limit.{row.kind}"
        return self(key) if f"report.{key}" in catalogue() else self("limit.other", name=row.kind)
