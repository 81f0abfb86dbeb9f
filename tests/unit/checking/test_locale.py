"""Numbers and dates as the settings declare them: one reading, or a fault that names both."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from karier_reco.checking.cells import Fault, read_text
from karier_reco.settings import Settings
from karier_reco.tables import TABLES

MONEY, NUMBER = TABLES["budgets"]["amount"], TABLES["roles"]["criticality"]
LEVEL, DAY = TABLES["standards"]["level"], TABLES["sessions"]["starts_on"]
NUMBERS = {"plain": Settings(), "id": Settings(numbers="id"), "en": Settings(numbers="en")}
DATES = {"iso": Settings(), "day_first": Settings(dates="day_first"), "month_first": Settings(dates="month_first")}
ALL = [Settings(numbers=numbers, dates=dates) for numbers in NUMBERS for dates in DATES]  # type: ignore[arg-type]  # the names of the choices
LOCALES = {"id": "id_ID", "en": "en_US"}


def kind(read: Any) -> Any:
    return read.kind if isinstance(read, Fault) else read


# text, and what it is as whole rupiah when numbers are plain, id, en
RUPIAH = [
    ("1500", 1500, 1500, 1500),
    ("-1500", -1500, -1500, -1500),
    ("1.500", "number_two_ways", 1500, "not_integer"),
    ("1,500", "number_two_ways", "not_integer", 1500),
    ("1.500.000", "not_integer", 1_500_000, "not_integer"),
    ("1,500,000", "not_integer", "not_integer", 1_500_000),
    ("1.500.000,00", "not_integer", 1_500_000, "not_integer"),
    ("1,500,000.00", "not_integer", "not_integer", 1_500_000),
    ("1.500.000,50", "not_integer", "not_integer", "not_integer"),
    ("Rp1.500.000", "not_integer", 1_500_000, "not_integer"),
    ("Rp 1.500.000,-", "not_integer", 1_500_000, "not_integer"),
    ("rp. 1,500,000", "not_integer", "not_integer", 1_500_000),
    ("-Rp1.500", "not_integer", -1500, "not_integer"),
    ("5Rp5", "not_integer", "not_integer", "not_integer"),
    ("0.500", "not_integer", "not_integer", "not_integer"),
    ("0,500", "not_integer", "not_integer", "not_integer"),
    ("15.00", "not_integer", "not_integer", 15),
    ("1.50.000", "not_integer", "not_integer", "not_integer"),
    ("1.5000", "not_integer", "not_integer", "not_integer"),
    ("1500.000", "not_integer", "not_integer", 1500),
    ("1,500.000", "not_integer", "not_integer", 1500),
    ("9.007.199.254.740.993,5", "not_integer", "not_integer", "not_integer"),
    ("9.007.199.254.740.993", "not_integer", 9_007_199_254_740_993, "not_integer"),
    ("9" * 400, "too_long", "too_long", "too_long"),
    ("9" + ".999" * 100, "not_integer", "too_long", "not_integer"),
    ("1e3", "not_integer", "not_integer", "not_integer"),
    ("", None, None, None),
]


@pytest.mark.parametrize(("text", *NUMBERS), RUPIAH)
def test_whole_numbers(text: str, plain: object, id: object, en: object) -> None:  # noqa: A002 -- the language
    """A point is thousands in one country and decimals in the other; what a country does not write is refused there."""
    assert [kind(read_text(MONEY, text, settings)) for settings in NUMBERS.values()] == [plain, id, en]


# text, and what it is as a number when numbers are plain, id, en
DECIMALS = [
    ("1.5", 1.5, "not_number", 1.5),
    ("1,5", "not_number", 1.5, "not_number"),
    ("1.500,25", "not_number", 1500.25, "not_number"),
    ("1,500.25", "not_number", "not_number", 1500.25),
    (".5", 0.5, "not_number", "not_number"),
    ("5", 5.0, 5.0, 5.0),
    ("0,5", "not_number", 0.5, "not_number"),
    ("nan", "not_number", "not_number", "not_number"),
    ("inf", "not_number", "not_number", "not_number"),
    ("9" * 400, "not_number", "not_number", "not_number"),
    ("\u0661\u0662", "not_number", "not_number", "not_number"),
]


@pytest.mark.parametrize(("text", *NUMBERS), DECIMALS)
def test_numbers(text: str, plain: object, id: object, en: object) -> None:  # noqa: A002 -- the language
    """As for whole numbers; nothing is infinite, and digits are those of ASCII."""
    assert [kind(read_text(NUMBER, text, settings)) for settings in NUMBERS.values()] == [plain, id, en]


# text, and what it is as a day when dates are iso, day_first, month_first
DAYS = [
    ("2027-12-31", date(2027, 12, 31), date(2027, 12, 31), date(2027, 12, 31)),
    ("31/12/2027", "date_form", date(2027, 12, 31), "date_impossible"),
    ("12/31/2027", "date_form", "date_impossible", date(2027, 12, 31)),
    ("03/04/2027", "date_two_ways", date(2027, 4, 3), date(2027, 3, 4)),
    ("3.4.2027", "date_two_ways", date(2027, 4, 3), date(2027, 3, 4)),
    ("3-4-2027", "date_two_ways", date(2027, 4, 3), date(2027, 3, 4)),
    ("05/05/2027", "date_form", date(2027, 5, 5), date(2027, 5, 5)),
    ("32/13/2027", "date_form", "date_impossible", "date_impossible"),
    ("29/02/2027", "date_form", "date_impossible", "date_impossible"),
    ("2027-02-29", "date_impossible", "date_impossible", "date_impossible"),
    ("2027-12-31 00:00:00", "date_form", "date_form", "date_form"),
    ("31/12/27", "date_form", "date_form", "date_form"),
    ("31 Desember 2027", "date_form", "date_form", "date_form"),
    ("45000", "date_form", "date_form", "date_form"),
    ("", None, None, None),
]


@pytest.mark.parametrize(("text", *DATES), DAYS)
def test_dates(text: str, iso: object, day_first: object, month_first: object) -> None:
    """Year-month-day is the same to all; any other order has to be declared, and a serial number is no date."""
    assert [kind(read_text(DAY, text, settings)) for settings in DATES.values()] == [iso, day_first, month_first]


def test_both_readings_are_named() -> None:
    """Whoever has to choose sees what it would become either way."""
    assert read_text(MONEY, "1.500") == Fault("number_two_ways", "say_numbers", "1500", "1.5")
    assert read_text(LEVEL, "2,000") == Fault("number_two_ways", "say_numbers", "2000", "2.0")
    assert read_text(DAY, "03/04/2027") == Fault("date_two_ways", "say_dates", "2027-03-04", "2027-04-03")
    assert read_text(DAY, "05/05/2027") == Fault("date_form", "write", "2027-05-05")


@pytest.mark.parametrize("numbers", LOCALES)
@given(whole=st.integers(-(10**17), 10**17), decimals=st.decimals(-(10**9), 10**9, places=3))
def test_what_a_locale_writes_reads_back(numbers: str, whole: int, decimals: Any) -> None:
    """Babel writes as the country does: whole numbers, rupiah and decimals come back exactly, to the last digit."""
    settings, locale = NUMBERS[numbers], LOCALES[numbers]
    assert read_text(MONEY, format_decimal(whole, locale=locale), settings) == whole
    rupiah = format_currency(whole, "IDR", "¤#,##0", locale=locale).replace("IDR", "Rp")
    assert read_text(MONEY, rupiah, settings) == whole
    assert read_text(NUMBER, format_decimal(decimals, "#,##0.000", locale=locale), settings) == float(decimals)


@given(st.dates(date(1000, 1, 1)))
def test_what_a_country_writes_as_a_day_reads_back(day: date) -> None:
    """As people write days in Indonesia and in the United States."""
    assert read_text(DAY, format_date(day, "dd/MM/yyyy", locale="id_ID"), DATES["day_first"]) == day
    assert read_text(DAY, format_date(day, "M/d/yyyy", locale="en_US"), DATES["month_first"]) == day


@given(st.integers(-(10**17), 10**17), st.dates(date(1000, 1, 1)))
def test_no_declaration_changes_a_plain_number_or_an_iso_date(whole: int, day: date) -> None:
    """Tables that were right stay right, whatever is declared for others in the folder."""
    for settings in ALL:
        assert read_text(MONEY, str(whole), settings) == whole
        assert read_text(NUMBER, str(whole), settings) == float(whole)
        assert read_text(DAY, day.isoformat(), settings) == day


@given(st.text("0123456789.,-+eERp \u00a0", max_size=12))
def test_a_text_is_one_number_or_a_fault(text: str) -> None:
    """No text raises, and none that both countries can read is read when nothing is declared, unless they agree."""
    plain, indonesian, english = (read_text(MONEY, text, settings) for settings in NUMBERS.values())
    if isinstance(plain, int):
        assert plain == indonesian == english
