"""The NIP: numbers that a spreadsheet destroyed, and numbers that cannot be one.

An id of another kind, such as ``E001``, is nobody's NIP and passes. No message holds the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found
from karier_reco.checking.source import Source
from karier_reco.rules import rule
from karier_reco.settings import Settings

_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]*)?[eE]\+?[0-9]{1,3}")
_FLOAT = re.compile(r"[0-9]{15,}[.,]0*")
_DECORATED = re.compile(r"['’]?[\d \u00a0.\-]+")
_FUTURE = 2050  # the first year of birth that only a synthetic NIP shows: a hundred years after those now in service
_OLDEST = 1900


def check_nips(draft: Draft, settings: Settings, found: Found) -> None:
    """Report every NIP of employees that is destroyed or impossible, or does not fit its row."""
    if "employee_id" in draft.lost:
        return
    frame, source = draft.frame, draft.source
    good = draft.good("employee_id").tolist()
    rows = zip(good, frame["employee_id"], frame["employment"], strict=True)
    for position, (readable, nip, employment) in enumerate(rows):
        if not readable:
            continue
        contract = employment.startswith("PPPK")
        kind = defect(nip, synthetic=settings.synthetic, contract=contract)
        if kind is not None:
            severity = "warning" if kind == "nip_month_pppk" else "error"
            found.cell(kind, source, "employee_id", position, severity=severity)
            draft.bad["employee_id"][position] = severity == "error"
    _compare(draft, found)


def defect(nip: str, *, synthetic: bool = False, contract: bool = False) -> str | None:
    """Return the kind of problem that an employee id has as a NIP; None for a good one and for other ids.

    >>> defect("208703122110011005", synthetic=True), defect("1.98703E+17"), defect("E001")
    (None, 'nip_scientific', None)
    """
    if _SCIENTIFIC.fullmatch(nip):
        return "nip_scientific"
    if _FLOAT.fullmatch(nip):
        return "nip_float"
    if not re.fullmatch("[0-9]+", nip):
        digits = sum(character.isdigit() for character in nip)
        return "nip_characters" if 17 <= digits <= 19 and _DECORATED.fullmatch(nip) else None
    if len(nip) != 18:
        claims = len(nip) in (17, 19) or (len(nip) in (15, 16, 20) and _birth(nip) is not None)
        return "nip_length" if claims else None
    return _impossible(nip, synthetic, contract)


def _impossible(nip: str, synthetic: bool, contract: bool) -> str | None:
    if nip.endswith("000"):
        return "nip_rounded"
    born = _birth(nip)
    if born is None:
        return "nip_birth"
    if born.year >= _FUTURE and not synthetic:
        return "nip_future"
    form, youngest, oldest = _rules()
    if not form.fullmatch(nip):
        return "nip_gender_digit"
    year, month = int(nip[8:12]), int(nip[12:14])
    if not youngest <= year - born.year - (month <= 12 and month < born.month) <= oldest:
        return "nip_age"
    if not 1 <= month <= 12:
        return "nip_month_pppk" if contract else "nip_month"
    return None


@cache
def _rules() -> tuple[re.Pattern[str], int, int]:
    youngest, oldest = rule("nip_ages").value
    return re.compile(rule("nip").value, re.ASCII), youngest, oldest


def _birth(nip: str) -> date | None:
    try:
        born = date(int(nip[:4]), int(nip[4:6]), int(nip[6:8]))
    except ValueError:
        return None
    return born if _OLDEST <= born.year < _FUTURE + 100 else None


def _compare(draft: Draft, found: Found) -> None:
    """Warn where the number says another birth date or gender than the row."""
    frame = draft.frame
    good = draft.good("employee_id") & frame["employee_id"].str.fullmatch(rule("nip").value).to_numpy(dtype=bool)
    nips = frame["employee_id"][good]
    born = pd.to_datetime(nips.str[:8], format="%Y%m%d", errors="coerce")
    told = frame["birth_date"][good]
    for position in nips.index[(told.notna() & (told != born)).to_numpy()].to_list():
        found.cell("nip_birth_date", draft.source, "birth_date", position, severity="warning")
    sex = nips.str[14].map({"1": "L", "2": "P"})
    told = frame["gender"][good]
    for position in nips.index[(told.isin(["L", "P"]) & (told != sex)).to_numpy()].to_list():
        found.cell("nip_gender", draft.source, "gender", position, severity="warning")


def leading_digits(source: Source, positions: NDArray[np.intp]) -> tuple[str, ...]:
    """Return what is left of destroyed numbers: ids in other tables that begin so may mean them."""
    cells = source.cells["employee_id"]
    return tuple(sorted({digits for digits in _leading(cells[position] for position in positions.tolist()) if digits}))


def _leading(numbers: Iterable[str]) -> Iterable[str]:
    for number in numbers:
        if _SCIENTIFIC.fullmatch(number):
            yield re.sub("[.,]", "", re.split("[eE]", number)[0]).rstrip("0")
        elif _FLOAT.fullmatch(number) or (len(number) == 18 and number.isdigit() and number.endswith("000")):
            yield number[:15]
