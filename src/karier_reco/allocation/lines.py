"""Budget lines: which of them a charge counts on, and the lines that ``Limits`` adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from karier_reco.dataset import Dataset
from karier_reco.errors import LimitsError, masked
from karier_reco.rules import forms
from karier_reco.settings import Limits

TOTAL = "total"
"""Name of the line that ``Limits.budget`` adds over all money."""
ANY = "any"


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a year: name, account, the units under each, amount; then the lines of people away.

    ``covers`` (B, P) says whose charges a line counts, ``whole`` (B,) which lines stand for all units.
    ``away`` (W, P, S) of people away is kept as pairs: its unit's people and the sessions of its week.
    """

    names: list[str]
    account: list[str]
    covers: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    amount: NDArray[np.int64]
    away: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]
    sessions: pd.DataFrame

    @classmethod
    def of(cls, data: Dataset, people: pd.DataFrame, sessions: pd.DataFrame, limits: Limits, year: int | None) -> Self:
        """Return the budget lines of the year, the line of ``limits.budget``, and one for each unit and week away."""
        budgets = data.budgets.sort_values("budget_id", ignore_index=True)
        if year is not None:
            budgets = budgets[budgets["year"].isna() | (budgets["year"] == year).fillna(value=False)]
        parent = dict(zip(data.units["unit_id"], data.units["parent_id"], strict=True))
        above = {unit: _above(unit, parent) for unit in parent}
        unit = people["unit_id"].to_numpy(dtype=object)
        names, account, amount = list(budgets["budget_id"]), list(budgets["account"]), list(budgets["amount"])
        of_unit = list(budgets["unit_id"])
        if limits.budget is not None:
            names.append(TOTAL if TOTAL not in names else f"{TOTAL}'")
            account, amount, of_unit = [*account, ANY], [*amount, limits.budget], [*of_unit, ""]
        covers = np.array([[line in ("", *above[own]) for own in unit] for line in of_unit], dtype=bool)
        away = list(_away(people, data, sessions, limits))
        return cls(
            names=names + [name for name, *_ in away],
            account=account,
            covers=covers.reshape(len(of_unit), len(people)),
            whole=np.array([line == "" for line in of_unit], dtype=bool),
            amount=np.array(amount + [most for _, most, *_ in away], dtype=np.int64),
            away=[(who, when) for *_, who, when in away],
            sessions=sessions,
        )

    def cost(self, seats: pd.DataFrame, person: NDArray[np.int64], session: NDArray[np.int64]) -> Any:
        """Return (E, B) what each seat takes from each line; refuse a charge that no line limits."""
        fee, travel = seats["fee"].to_numpy(np.int64), seats["travel"].to_numpy(np.int64)
        account = seats["account"].to_numpy(dtype=object)
        limited = {"fee": fee == 0, "travel": travel == 0}
        rows, columns, amounts = [], [], []
        for at, of in enumerate(self.account):
            mine = self.covers[at][person]
            pays_fee = mine & ((account == of) | (of == ANY))
            pays_travel = mine & (of in ("travel", ANY))
            limited["fee"] |= pays_fee
            limited["travel"] |= pays_travel
            charge = fee * pays_fee + travel * pays_travel
            seat = np.flatnonzero(charge)
            rows.append(seat)
            columns.append(np.full(len(seat), at))
            amounts.append(charge[seat])
        for kind, fine in limited.items():
            if not fine.all():
                row = seats.iloc[int(np.flatnonzero(~fine)[0])]
                line = row["account"] if kind == "fee" else "travel"
                _refuse(f"{kind} of {row['session_id']}", int(row[kind]), str(line), masked(row["employee_id"]))
        for number, (who, when) in enumerate(self.away, start=len(self.account)):
            seat = np.flatnonzero(who[person] & when[session])
            rows.append(seat)
            columns.append(np.full(len(seat), number))
            amounts.append(np.ones(len(seat), dtype=np.int64))
        return _matrix(amounts, rows, columns, (len(seats), len(self.names)))

    def opening_cost(self) -> Any:
        """Return (S, B) what opening a session takes from the lines for all units of its account."""
        cost = self.sessions["opening_cost"].to_numpy(np.int64)
        account = self.sessions["account"].to_numpy(dtype=object)
        pays = np.array([(account == of) | (of == ANY) for of in self.account], dtype=bool)
        pays = pays.reshape(len(self.account), len(cost)) & self.whole[:, None]
        stray = np.flatnonzero((cost > 0) & ~pays.any(axis=0))
        if len(stray):
            session = self.sessions.iloc[int(stray[0])]
            _refuse(
                f"opening_cost of {session['session_id']}",
                int(session["opening_cost"]),
                session["account"],
                "all units",
            )
        line, session_number = np.nonzero(pays & (cost > 0))
        return _matrix([cost[session_number]], [session_number], [line], (len(cost), len(self.names)))


def _refuse(what: str, amount: int, account: str, who: str) -> None:
    raise LimitsError(
        f"budgets: got no line for {what}, {amount} rupiah on account {account!r} ({who}); expected a line that limits "
        "every charge. Add a line for this account, or one for account 'any'.",
        argument="budgets",
        index=what,
        value=amount,
    )


def _matrix(amounts: list[Any], rows: list[Any], columns: list[Any], shape: tuple[int, int]) -> sparse.csr_array:
    if not rows:
        return sparse.csr_array(shape, dtype=np.int64)
    entries = (np.concatenate(amounts), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_array(sparse.coo_array(entries, shape=shape))


def _above(unit: str, parent: dict[str, str]) -> tuple[str, ...]:
    """Return the unit and all above it."""
    chain = []
    while unit:
        chain.append(unit)
        unit = parent[unit]
    return tuple(chain)


def _away(
    people: pd.DataFrame, data: Dataset, sessions: pd.DataFrame, limits: Limits
) -> list[tuple[str, int, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Return for each unit and ISO week name, most people, whose seats and which sessions count."""
    if limits.away_share is None:
        return []
    known = forms()
    size = data.people["unit_id"].value_counts().to_dict()
    weeks: dict[str, list[int]] = {}
    for at, session in enumerate(sessions.to_dict("records")):
        if not known[session["form"]].blocks_dates or pd.isna(session["starts_on"]):
            continue
        days = pd.date_range(session["starts_on"], session["ends_on"])
        for year, week in sorted({day.isocalendar()[:2] for day in days}):
            weeks.setdefault(f"{year}-W{week:02d}", []).append(at)
    found = []
    for unit in sorted(set(people["unit_id"])):
        who = (people["unit_id"] == unit).to_numpy()
        most = int(np.floor(round(limits.away_share * size[unit], 9)))
        for name, those in sorted(weeks.items()):
            found.append((f"away/{unit}/{name}", most, who, np.isin(np.arange(len(sessions)), those)))
    return found
