"""The page: one file, nothing live, numbers as Indonesians write them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from karier_reco.report.page import page
from karier_reco.texts import Language, catalogue, names_in
from karier_reco.words import Words
from tests.unit.report.plans import assert_harmless, hostile_plan, tiny_plan


class Outline(HTMLParser):
    """Collects tags, attributes and headings of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("language", ["id", "en"])
def test_nothing_on_the_page_is_live(language: Language) -> None:
    """No script, link, frame, form, image or handler, whatever the tables hold; the policy says so too."""
    for plan in (tiny_plan(), hostile_plan()):
        outline = Outline(page(plan, Words(language)))
        assert not {"script", "link", "iframe", "form", "img", "object", "embed", "a"} & set(outline.tags)
        assert [
            name for name, _ in outline.attributes if name in ("src", "href", "xlink:href") or name.startswith("on")
        ] == []
        assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in outline.attributes


def test_hostile_text_shows_as_text() -> None:
    """Markup is escaped, what turns the reading order or is invisible shows, a template in the data is not run."""
    assert_harmless(page(hostile_plan(), Words("id")))


def test_headings_form_an_outline() -> None:
    """One h1, then h2 with h3 below: a screen reader can find its way."""
    levels = [int(tag[1]) for tag in Outline(page(tiny_plan(), Words("id"))).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_summary_says_the_plan() -> None:
    """Two of three people, three seats in three sessions, 10 + 6 + 24 = 40 JP, Rp4.250.000 of Rp5.000.000 = 85 %."""
    text = page(tiny_plan(), Words("id"))
    assert "2 dari 3 pegawai dalam perencanaan diusulkan mengikuti pelatihan: 3 kursi dalam 3 sesi, 40 JP" in text
    assert "Biayanya Rp4.250.000: kontribusi Rp3.000.000, perjalanan Rp500.000, dan penyelenggaraan Rp750.000." in text
    assert "85,0 % dari pagu seluruhnya sebesar Rp5.000.000; sisanya Rp750.000." in text
    assert "31 Desember 2026" in text


def test_the_quality_is_said_as_it_is() -> None:
    """Proved best; within a gap, rounded up (5.0 of bound against 4.0 is 25 % above it); not known."""
    plan = tiny_plan()
    words = Words("en")
    near = replace(plan, allocation=replace(plan.allocation, bound=5.0, status="feasible", stopped_by="time"))
    unknown = replace(plan, allocation=replace(near.allocation, bound=None, bound_by=None, prices=None))
    assert "is worth more. Proof: prices, which anyone can recompute." in page(plan, words)
    assert "at most 25.00 % more than this one." in page(near, words)
    assert "How close this plan is to the best is not known." in page(unknown, words)


def test_synthetic_data_says_so_and_real_data_does_not() -> None:
    """The banner goes with the setting, on the screen and in the foot of every printed page."""
    plan = tiny_plan()
    assert page(plan, Words("id")).count("Data sintetis") == 2
    real = replace(plan, settings=replace(plan.settings, synthetic=False))
    assert "sintetis" not in page(real, Words("id"))


def test_every_text_of_the_reports_says_the_same_in_both_languages() -> None:
    """Both languages are there, not empty, and want the same names filled in."""
    texts = {key: names for key, names in catalogue().items() if key.startswith("report.")}
    assert len(texts) > 200
    for key, names in texts.items():
        assert names["id"].strip(), key
        assert names["en"].strip(), key
        assert names_in(names["id"]) == names_in(names["en"]), key
