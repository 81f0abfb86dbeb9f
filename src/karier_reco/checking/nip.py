"""The NIP: numbers that a spreadsheet destroyed, and numbers that cannot be one.

An id of another kind, such as ``E001``, is nobody's NIP and passes. No message holds the number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found
from karier_reco.checking.source import Mask
from karier_reco.checking.twins import other_rows
from karier_reco.rules import rule
from karier_reco.settings import Settings

_SCIENTIFIC = re.compile(r"([0-9][.,][0-9]+[eE]\+?|[0-9][.,]?[eE]\+)1[4-9]")
_FLOAT = re.compile(r"[0-9]{15,}[.,]0*")
_NIK = re.compile(r"[1-9][1-9][0-9]{4}([04][1-9]|[1256][0-9]|[37][01])(0[1-9]|1[0-2])[0-9]{6}")
_OLD = re.compile(r"[1-9][0-9]{8}")
_WHOLE = re.compile(r"[0-9]{18}")
_FUTURE = 2050  # the first year of birth that only a synthetic NIP shows: a hundred years after those now in service
_OLDEST = 1900
_SAFE = 15  # digits that a spreadsheet and a float keep
_CONTRACT_YEARS = 1  # [assumed] PPPK numbers hold the year of the vacancy, and people start in it or the year after

#: How 18 digits are spoilt in writing, and each has another remedy; what is hardest to see names the problem.
_MARKS = (
    ("nip_invisible", re.compile("[\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u2060-\u2069\ufeff]")),
    ("nip_digits", re.compile(r"[^\D0-9]")),
    ("nip_letters", re.compile("[OoIl|]")),
    ("nip_apostrophe", re.compile("['‘’`´]")),
    ("nip_spaces", re.compile(" ")),
)
_BETWEEN = re.compile("[\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u2060-\u2069\ufeff '‘’`´.,/-]")
_LETTERS = str.maketrans("OoIl|", "00111")

#: Kinds of which digits are gone for good.
DESTROYED = {"nip_scientific", "nip_float", "nip_rounded"}
#: Kinds that are remarks: the number may be right, or serves as an id all the same.
_REMARKS = {"nip_month_pppk", "nip_old"}


def check_nips(draft: Draft, settings: Settings, found: Found) -> None:
    """Report every NIP of employees that is destroyed or impossible, or does not fit its row."""
    if "employee_id" in draft.lost:
        return
    nips, source, bad = draft.frame["employee_id"], draft.source, draft.bad["employee_id"]
    as_number = bad & source.cells["employee_id"].where(
        bool(re.fullmatch(f"[0-9]{{{_SAFE},}}", text)) for text in source.cells["employee_id"].texts
    )
    good, whole = np.flatnonzero(~bad).tolist(), nips.str.fullmatch(_WHOLE.pattern).to_numpy(dtype=bool)
    kinds = {
        position: defect(nip, synthetic=settings.synthetic, contract=employment.startswith("PPPK"))
        for position, nip, employment in zip(good, nips[~bad], draft.frame["employment"][~bad], strict=True)
    }
    claims = sum(kind is not None or bool(whole[position]) for position, kind in kinds.items())
    if 2 * claims > len(kinds) - 1:  # most of the others are NIPs: then another number is one in the wrong place
        kinds |= {position: other_number(nips[position]) for position, kind in kinds.items() if not kind}
    destroyed = set(np.flatnonzero(as_number).tolist())
    for position, kind in kinds.items():
        if kind is not None:
            severity = "warning" if kind in _REMARKS else "error"
            found.cell(kind, source, "employee_id", position, severity=severity)
            bad[position] = severity == "error"
            if kind in DESTROYED:
                destroyed.add(position)
    if destroyed:
        _report_merged(draft, sorted(destroyed), whole & ~bad, found)
    _compare(draft, found)


def defect(nip: str, *, synthetic: bool = False, contract: bool = False) -> str | None:
    """Return the kind of problem that an employee id has as a NIP; None for a good one and for other ids.

    >>> defect("208703122110011005", synthetic=True), defect("1.98703E+17"), defect("E001")
    (None, 'nip_scientific', None)
    """
    if _WHOLE.fullmatch(nip):
        return _impossible(nip, synthetic, contract)
    if not re.fullmatch("[0-9]+", nip):
        return misread(nip)
    claims = len(nip) in (17, 19) or (len(nip) in (15, 16, 20) and _birth(nip) is not None and not _NIK.fullmatch(nip))
    return "nip_length" if claims else None


def misread(number: str) -> str | None:
    """Return how a spreadsheet or a typist spoilt a number that was a NIP; None for any other text."""
    if _SCIENTIFIC.fullmatch(number):
        return "nip_scientific"
    if _FLOAT.fullmatch(number):
        return "nip_float"
    digits = _digits(number)
    if len(digits) == 18 and digits.endswith("000"):
        return "nip_rounded"
    if digits == number or not 17 <= len(digits) <= 19:
        return None
    kind = next((kind for kind, mark in _MARKS if mark.search(number)), "nip_characters")
    return None if kind == "nip_letters" and (len(digits) != 18 or _birth(digits) is None) else kind


def _digits(number: str) -> str:
    """Return the digits that a text was meant to be; nothing where it holds more than digits and marks."""
    bare = _BETWEEN.sub("", number).translate(_LETTERS)
    return "".join(str(unicodedata.decimal(digit)) for digit in bare) if bare.isdecimal() else ""


def other_number(number: str) -> str | None:
    """Return what stands in place of a NIP: the number of before 2008, or the number of the identity card.

    >>> other_number("130123456"), other_number("2172015203870001"), other_number("E001")
    ('nip_old', 'nip_nik', None)
    """
    return "nip_old" if _OLD.fullmatch(number) else "nip_nik" if _NIK.fullmatch(number) else None


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


def _report_merged(draft: Draft, destroyed: list[int], whole: Mask, found: Found) -> None:
    """Name at each destroyed number the rows that share what is left of it: they may be different people."""
    source, rows = draft.source, defaultdict(list)
    texts = {position: source.cells["employee_id"][position] for position in destroyed}
    left = {position: (_left(text) or text[:_SAFE]).ljust(_SAFE, "0") for position, text in texts.items()}
    for position, digits in left.items():
        rows[digits].append(position)
    for position, nip in zip(np.flatnonzero(whole).tolist(), draft.frame["employee_id"][whole], strict=True):
        if nip[:_SAFE] in rows:
            rows[nip[:_SAFE]].append(position)
    for positions in rows.values():
        positions.sort()
    for position, digits in left.items():
        others = other_rows(source, (other for other in rows[digits] if other != position))
        if others:
            found.cell("nip_merged", source, "employee_id", position, others=others)


def _compare(draft: Draft, found: Found) -> None:
    """Warn where the number says another birth date, gender or appointment than the row."""
    frame = draft.frame
    good = draft.good("employee_id") & frame["employee_id"].str.fullmatch(rule("nip").value).to_numpy(dtype=bool)
    nips = frame["employee_id"][good]
    born = pd.to_datetime(nips.str[:8], format="%Y%m%d", errors="coerce")
    sex = nips.str[14].map({"1": "L", "2": "P"})
    year, month = nips.str[8:12].astype(int), nips.str[12:14].astype(int)
    told, contract = frame["appointed_on"][good], frame["employment"][good].str.startswith("PPPK")
    other_year = (told.dt.year < year) | (told.dt.year > year + _CONTRACT_YEARS)
    other_month = (told.dt.year != year) | (told.dt.month != month)
    wrong = {
        ("nip_birth_date", "birth_date"): frame["birth_date"][good] != born,
        ("nip_gender", "gender"): frame["gender"][good].isin(["L", "P"]) & (frame["gender"][good] != sex),
        ("nip_appointed", "appointed_on"): other_month.mask(contract, other_year),
    }
    for (kind, column), mask in wrong.items():
        given = frame[column][good].notna() & draft.good(column)[good]
        for position in nips.index[(mask & given).to_numpy(dtype=bool)].to_list():
            found.cell(kind, draft.source, column, position, severity="warning")


def begins_as(numbers: pd.Index[Any], destroyed: Iterable[str]) -> Mask:
    """Return which numbers begin with what is left of a destroyed one: rows that refer to them may mean it."""
    lengths: dict[int, set[str]] = defaultdict(set)
    for digits in filter(None, map(_left, destroyed)):
        lengths[len(digits)].add(digits)
    return np.array(
        [any(str(number)[:length] in known for length, known in lengths.items()) for number in numbers], dtype=bool
    )


def _left(number: str) -> str:
    """Return the digits that are left of a destroyed number; nothing for one that is whole."""
    if _SCIENTIFIC.fullmatch(number):
        return re.sub("[.,]", "", re.split("[eE]", number)[0]).rstrip("0")[:_SAFE]
    digits = number if _FLOAT.fullmatch(number) else _digits(number)
    whole = len(digits) == 18 and not digits.endswith("000") and not _FLOAT.fullmatch(number)
    return digits[:_SAFE] if len(digits) >= _SAFE and not whole else ""
