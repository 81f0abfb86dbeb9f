"""A what-if in words: tables of figures, lines up to the width of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from karier_reco.explanation import line_names
from karier_reco.texts import Language, text
from karier_reco.words import Words, visible

if TYPE_CHECKING:
    from karier_reco.whatif import WhatIf

#: Figures that are not whole numbers, with their digits.
DIGITS = {"value": 2, "bound": 2, "levels": 1}
#: Longest name in a table.
LONGEST = 60
#: Most lines of budgets that change which are listed.
MOST = 12


def summary(what: WhatIf, language: Language) -> str:
    """Return what changes, for whom, and what the next rupiah is worth; see ``WhatIf.summary``."""
    say = _Sayer(what, language)
    parts = [say.heading(), say.changes(), say.figures(), say.units(), say.kept(), say.next_rupiah(), say.curve()]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


class _Sayer:
    """The parts of a summary, each a list of lines; empty where there is nothing to say."""

    def __init__(self, what: WhatIf, language: Language) -> None:
        self.what, self.language, self.words = what, language, Words(language)
        self.solved = len(what.changes) > 0 or what.replan is not None
        self.lines = line_names(what.next_rupiah, self.words)

    def __call__(self, key: str, **values: object) -> str:
        return text(f"whatif.{key}", self.language, **values)

    def heading(self) -> list[str]:
        plan = self.what.plan
        return [self("heading", year=plan.year), *([self("synthetic")] if plan.settings.synthetic else [])]

    def changes(self) -> list[str]:
        rows = [
            (self._short(self.lines[line]), self.words.rupiah(before), self.words.rupiah(after))
            for line, before, after in self.what.changes.itertuples(index=False)
        ]
        others = [self("more", count=len(rows) - MOST)] if len(rows) > MOST else []
        return [*self._table(("line", "before", "after"), rows[:MOST]), *others]

    def figures(self) -> list[str]:
        if not self.solved:
            return []
        rows = [self._figure(*row) for row in self.what.figures.itertuples(index=False)]
        least, most = self.what.interval
        known = self("certain", least=self._signed(least, 2), most=self._signed(most, 2))
        return [*self._table(("figure", "before", "after", "change"), rows), known, self("noise")]

    def _figure(self, name: str, before: float, after: float, change: float) -> tuple[str, ...]:
        if name == "cost":
            sign = "+" if change > 0 else ""
            money = [self.words.rupiah(int(amount)) for amount in (before, after, change)]
            return (self("figure.cost"), money[0], money[1], f"{sign}{money[2]}")
        digits = DIGITS.get(name, 0)
        shown = [self("unknown") if pd.isna(one) else self.words.number(one, digits) for one in (before, after)]
        return (self(f"figure.{name}"), *shown, self._signed(change, digits))

    def units(self) -> list[str]:
        rows = [
            (
                self._short(str(row["unit"])),
                self._signed(row["value"], 2),
                self._signed(row["levels"], 1),
                self._signed(row["seats"], 0),
                self.words.people(row["gain"]),
                self.words.people(row["lose"]),
            )
            for row in (self.what.units.to_dict("records") if self.solved else [])
        ]
        return self._table(("unit", "value", "levels", "seats", "gain", "lose"), rows)

    def kept(self) -> list[str]:
        again = self.what.replan
        if again is None:
            return []
        plans = {"best": again.best, "kept": again.kept}
        rows = [
            (self(f"plan.{name}"), self.words.number(plan.value, 2), self.words.whole(again.moved(plan)))
            for name, plan in plans.items()
        ]
        return [*self._table(("plan", "value", "moved"), rows), self("keep")]

    def next_rupiah(self) -> list[str]:
        table = self.what.next_rupiah
        worth = table[table["price"] > 0]
        rows = [
            (
                self._short(self.lines[row["budget_id"]]),
                self.words.rupiah(row["amount"]),
                self.words.rupiah(row["left"]),
                self.words.number(row["per_million"], 4),
            )
            for row in worth.to_dict("records")
        ]
        others = [self("worthless", count=len(table) - len(worth))] if len(worth) < len(table) else []
        shown = self._table(("next", "amount", "left", "per_million"), rows)
        return [*shown, *others, self("estimate")]

    def curve(self) -> list[str]:
        curve = self.what.curve
        if curve is None:
            return []
        base = int(self.what.plan.allocation.problem.budget[curve.lines].sum())
        rows = []
        for row in curve.rows():
            gap, found = row["optimality_gap"], row["status"] not in ("infeasible", "unknown")
            bound, percent = row["bound"], base / 100
            worth = [None if one is None or not found else one * percent for one in (row["price"], row["slope"])]
            rows.append(
                (
                    f"{self.words.number(100 * row['amount'] / base if base else 0.0)} %",
                    self.words.number(row["value"], 2) if found else self(row["status"]),
                    self("unknown") if bound is None else self.words.number(bound, 2),
                    self("unknown") if gap is None else f"{self.words.number(100 * gap, 2)} %",
                    *("–" if one is None else self.words.number(one, 3) for one in worth),
                )
            )
        names = ("share", "value", "bound", "gap", "by_price", "measured")
        return [self("curve", lines=len(curve.lines)), *self._table(names, rows), self("curve_note")]

    def _short(self, name: str) -> str:
        shown = visible(name).replace("\n", " ")
        return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"

    def _signed(self, number: float | None, digits: int) -> str:
        if number is None or pd.isna(number):
            return self("unknown")
        shown = self.words.number(abs(number), digits)
        zero = self.words.number(0, digits)
        return shown if shown == zero else f"{'+' if number > 0 else '−'}{shown}"

    def _table(self, names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
        rows = [tuple(row) for row in rows]
        return list(_aligned([tuple(self(f"column.{name}") for name in names), *rows])) if rows else []


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give rows as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
