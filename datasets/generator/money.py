"""Budget lines: the whole, by account, and by unit for the larger offices."""

from __future__ import annotations

import pandas as pd

from generator.content import Content
from generator.draws import to_thousands
from generator.organisation import copy_id


def budgets(content: Content, people: int, copies: int, year: int) -> pd.DataFrame:
    """Return the lines; for a city of 3,600 the whole is the legal minimum to the rupiah."""
    numbers = content.numbers["money"]
    total = round(numbers["total"] * people / content.numbers["people"]["city"])
    rows: list[tuple[str, str, str, int]] = [("SEMUA", "any", "", total)]
    rows += [
        (account.upper(), account, "", to_thousands(total * share)) for account, share in numbers["accounts"].items()
    ]
    for copy in range(copies):
        for unit, shares in numbers["units"].items():
            unit_id = copy_id(unit, copy)
            rows += [
                (f"{account.upper()}-{unit_id}", account, unit_id, to_thousands(total / copies * share))
                for account, share in zip(("fee", "travel"), shares, strict=True)
            ]
    table = pd.DataFrame(rows, columns=["budget_id", "account", "unit_id", "amount"])
    return table.assign(year=year)
