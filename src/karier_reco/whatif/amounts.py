"""A change of an amount of rupiah, as people write it: +10%, 900000000, -Rp50.000.000."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, Self

from karier_reco.errors import LimitsError

_SHARE = re.compile(r"([+-])(\d+(?:[.,]\d+)?) ?%")
_RUPIAH = re.compile(r"([+-]?) ?(?:Rp\.? ?)?(\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """A change to an amount, by an amount, or by a share of what there is."""

    kind: Literal["to", "by", "share"]
    number: Decimal

    @classmethod
    def of(cls, said: str | int, place: str = "budget") -> Self:
        """Read a change: with a sign by so much or by so many per cent, without one to so much.

        Raises LimitsError, with ``place``, for anything else.

        >>> [Change.of(said).applied(200) for said in ("+10%", "-2,5 %", "Rp1.000", "-50", 70)]
        [220, 195, 1000, 150, 70]
        """
        text = str(said).strip().replace("−", "-")
        share, rupiah = _SHARE.fullmatch(text), _RUPIAH.fullmatch(text)
        if share:
            return cls("share", Decimal(share[1] + share[2].replace(",", ".")) / 100)
        if rupiah:
            return cls("by" if rupiah[1] else "to", Decimal(rupiah[1] + re.sub("[.,]", "", rupiah[2])))
        raise LimitsError(
            f"{place}: got {said!r}; expected a change. Write +10%, -5%, 900000000, or +50000000.",
            argument=place,
            value=said,
        )

    def applied(self, amount: int, place: str = "budget") -> int:
        """Return the amount changed, in whole rupiah; less than nothing is refused."""
        more = amount * self.number if self.kind == "share" else self.number
        changed = int(((0 if self.kind == "to" else amount) + more).quantize(Decimal(1), ROUND_HALF_EVEN))
        if changed < 0:
            raise LimitsError(
                f"{place}: got {changed} after the change; expected at least 0. Take away less.",
                argument=place,
                value=changed,
            )
        return changed
