"""Money in thousands, lines too small for a seat, and units that no line pays for."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from karier_reco.checking.found import listed, shown
from karier_reco.checking.plausibility.sound import Sound

#: A column with half of its amounts below is in thousands or millions [assumed]: a lunch costs more than the first,
#: the fee of one speaker more than the second, and no year's training is paid with the third.
SMALLEST = {
    ("courses", "fee"): 10_000,
    ("sessions", "fee"): 10_000,
    ("sessions", "travel"): 10_000,
    ("sessions", "opening_cost"): 100_000,
    ("budgets", "amount"): 1_000_000,
    ("attendance", "fee"): 10_000,
    ("attendance", "travel"): 10_000,
}
PEOPLE_A_SEAT = 100  # [assumed] all money together pays for fewer seats: one person in a hundred would be trained
AGENCY = 200  # people from which that share says something


def check_money(sound: Sound) -> None:
    """Warn of money in another unit than rupiah, and of charges that no line will pay."""
    for (table, column), smallest in SMALLEST.items():
        money = sound(table, column)
        if money is not None:
            paid = money[column].fillna(0) > 0
            small = paid & (money[column] < smallest)
            if small.any() and 2 * small.sum() >= paid.sum():
                sound.remark("money_small", table, column, small, rows=str(int(paid.sum())), smallest=str(smallest))
    budgets = sound.complete("budgets", "budget_id", "account", "unit_id", "amount")
    charges = _charges(sound)
    if budgets is not None and charges:
        _check_lines(sound, budgets, charges)
        _check_seats(sound, budgets, charges)
        _check_units(sound, budgets, charges)


def _charges(sound: Sound) -> dict[str, pd.Series[int]]:
    """Return by account what sessions charge a head, only what is more than nothing."""
    if "sessions" not in sound.drafts:
        courses = sound.complete("courses", "fee")
        fees = None if courses is None else courses["fee"].dropna()
        return {} if fees is None or not (fees > 0).any() else {"fee": fees[fees > 0]}
    sessions = sound.complete("sessions", "fee", "travel", "account")
    if sessions is None:
        return {}
    charged = [*sessions.groupby("account")["fee"], ("travel", sessions["travel"])]
    return {str(account): money[money > 0] for account, money in charged if (money > 0).any()}


def _check_lines(sound: Sound, budgets: pd.DataFrame, charges: dict[str, pd.Series[int]]) -> None:
    """Lines that hold something and cannot pay one seat; a single one may be what was left, half of them are not."""
    cheapest = {account: int(money.min()) for account, money in charges.items()}
    least = budgets["account"].map(cheapest | {"any": min(cheapest.values())})
    held = (budgets["amount"] > 0) & least.notna()
    hits = held & (budgets["amount"] < least)
    if hits.any() and 2 * hits.sum() >= held.sum():
        first = budgets["budget_id"][hits].sort_values().index[0]
        sound.remark("line_below_seat", "budgets", "amount", hits, least=str(int(least[first])))


def _check_seats(sound: Sound, budgets: pd.DataFrame, charges: dict[str, pd.Series[int]]) -> None:
    people = sound.complete("employees", "employee_id")
    total = int(budgets["amount"].sum())
    if "fee" not in charges or people is None or len(people) < AGENCY or not total:
        return
    fee = int(charges["fee"].median())
    if total // fee < len(people) // PEOPLE_A_SEAT:
        facts = {"seats": str(total // fee), "fee": str(fee), "people": str(len(people))}
        sound.whole("budget_few_seats", "budgets", "amount", str(total), **facts)


def _check_units(sound: Sound, budgets: pd.DataFrame, charges: dict[str, pd.Series[int]]) -> None:
    """A unit whose people are charged to an account that has no line for it, for one above it, or for all."""
    units, employees = sound.complete("units", "unit_id", "parent_id"), sound.complete("employees", "unit_id")
    if units is None or employees is None:
        return
    parents = dict(zip(units["unit_id"], units["parent_id"], strict=True))
    people = employees["unit_id"].value_counts()
    for account in sorted(charges):
        lines = set(budgets["unit_id"][budgets["account"].isin([account, "any"])])
        without = [] if "" in lines else sorted(unit for unit in people.index if not lines & set(_above(unit, parents)))
        if without:
            names = listed([shown(unit) for unit in without])
            facts = {"units": str(len(without)), "people": str(int(people[without].sum()))}
            sound.whole("unit_without_line", "budgets", "unit_id", account, names=names, **facts)


def _above(unit: str, parents: dict[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    while unit and unit not in seen:  # a circle is an error of its own
        seen.add(unit)
        yield unit
        unit = parents.get(unit, "")
