"""The page of data quality: nothing live, no small counts, every figure of the frames, both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from karier_reco.dataset import Dataset
from karier_reco.errors import DataError, Problem
from karier_reco.quality import DataQuality, data_quality
from karier_reco.report.quality import MOST, kind_words, quality_page
from karier_reco.texts import Language, catalogue
from karier_reco.words import Words
from tests import cities
from tests.datasets import random_frames
from tests.unit.report.plans import HOSTILE, assert_harmless
from tests.unit.report.test_page import Outline

ID, EN = Words("id"), Words("en")


def problem(kind: str, severity: str = "error", table: str = "employees", **facts: str) -> Problem:
    return Problem(
        severity, kind, table, "pegawai.csv baris 2", 2, "role_id", "'RAHASIA'", "", "", tuple(facts.items())
    )


def units(*counts: tuple[int, int, int, int, int]) -> DataQuality:
    """The quality of the small city, its units being those with these counts: all, some, none, no standard, never."""
    quality = data_quality(cities.city(), cities.AS_OF)
    names = ["every", "some", "none", "no_standard", "never"]
    frame = pd.DataFrame(list(counts), columns=names)
    frame.insert(0, "people", frame[names[:4]].sum(axis=1))
    frame.insert(0, "unit", [f"Dinas {at}" for at in range(len(counts))])
    frame.insert(0, "unit_id", frame["unit"])
    for name in ("name", "grade", "gender", "birth_date", "appointed_on", "performance"):
        frame[name] = frame["people"] // 2
    return replace(quality, units=frame)


def cells(page: str, name: str) -> list[list[str]]:
    """Return the cells of the rows that begin with a name, markup taken off."""
    found = re.findall(rf"<tr><th scope=\"row\">{re.escape(name)}</th>(.*?)</tr>", page)
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row)] for row in found]


def hostile() -> DataQuality:
    """The quality of a city whose every text and id is hostile."""
    quality = data_quality(Dataset.from_frames(random_frames(4)))
    spare = {name: getattr(quality, name).iloc[:0] for name in ("courses", "roles", "competencies")}
    rows = {
        name: pd.DataFrame({c: [HOSTILE] if t.dtype == "str" else [0] for c, t in frame.items()})
        for name, frame in spare.items()
    }
    rows["units"] = quality.units.assign(unit=HOSTILE, unit_id=HOSTILE)
    rows["left_out"] = pd.DataFrame({"table": [HOSTILE], "rows": [1], "reason": [HOSTILE]})
    rows["assessments"] = quality.assessments.assign(source=HOSTILE).head(1)
    return replace(quality, **rows, settings=replace(quality.settings, agency=HOSTILE))


@pytest.mark.parametrize("words", [ID, EN], ids=["id", "en"])
def test_nothing_on_the_page_is_live(words: Words) -> None:
    """No script, link, frame, form, image or handler, whatever the tables and problems hold; the policy says so too."""
    problems = [replace(problem("unknown_code", codes=HOSTILE, title=HOSTILE), table=HOSTILE)]
    text = quality_page(hostile(), problems, words)
    outline = Outline(text)
    assert not {"script", "link", "iframe", "form", "img", "object", "embed", "a"} & set(outline.tags)
    assert not [name for name, _ in outline.attributes if name in ("src", "href") or name.startswith("on")]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in outline.attributes
    assert_harmless(text)


def test_headings_form_an_outline() -> None:
    """One h1, then h2: a screen reader can find its way."""
    text = quality_page(data_quality(cities.city()), (), ID)
    levels = [int(tag[1]) for tag in Outline(text).tags if re.fullmatch(r"h[1-6]", tag)]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_small_counts_are_hidden_and_cannot_be_worked_out() -> None:
    """Of 30 people, 3 in one part and 20 and 7 in others: with 3 hidden alone, 30 - 27 would tell it; 20 goes too.

    Two small parts hide each other. A unit of four people shows nothing but that it is small. Zeros are said.
    """
    page = quality_page(units((3, 20, 7, 0, 2), (3, 4, 9, 0, 9), (2, 2, 0, 0, 0), (5, 6, 0, 7, 0)), (), ID)
    first, second, third, fourth = (cells(page, f"Dinas {at}")[0] for at in range(4))
    assert first == ["30", "&lt;5", "–", "7", "0", "&lt;5"]
    assert second == ["16", "&lt;5", "&lt;5", "9", "0", "9"]
    assert third == ["&lt;5", "–", "–", "–", "–", "–"]
    assert fourth == ["18", "5", "6", "0", "7", "0"]


def test_columns_are_said_as_shares_where_one_is_not_full() -> None:
    """Half of 18 is 50 %; a small unit shows none, full or not; where all is full one sentence says so."""
    page = quality_page(units((5, 6, 0, 7, 0), (2, 2, 0, 0, 0)), (), ID)
    assert cells(page, "Dinas 0")[1] == ["50 %"] * 6
    assert cells(page, "Dinas 1")[1] == ["–"] * 6
    full = units((5, 6, 0, 7, 0), (2, 2, 0, 0, 0))
    for name in ("name", "grade", "gender", "birth_date", "appointed_on", "performance"):
        full.units[name] = full.units["people"]
    page = quality_page(full, (), ID)
    assert [len(cells(page, name)) for name in ("Dinas 0", "Dinas 1")] == [1, 2]
    page = quality_page(replace(full, units=full.units.head(1)), (), ID)
    assert "Semua kolom terisi di setiap perangkat daerah." in page


def test_counts_in_few_people_are_hidden_in_every_table() -> None:
    """A role without standards that two people hold, a competency that three need: <5, and 0 stays 0."""
    quality = data_quality(cities.city(), cities.AS_OF)
    role = {"role_id": ["R"], "title": ["Juru"], "tier": ["pelaksana"], "people": [2], "next": [0], "standards": [0]}
    wanted = {"competency_id": ["T"], "name": ["Ukur"], "kind": ["technical"], "roles": [1], "people": [3]}
    page = quality_page(replace(quality, roles=pd.DataFrame(role), competencies=pd.DataFrame(wanted)), (), EN)
    assert '<td class="n">&lt;5</td><td class="n">0</td></tr>' in page
    assert '<td class="n">1</td><td class="n">&lt;5</td></tr>' in page
    assert [EN.people(count) for count in (0, 1, 4, 5, 1234)] == ["0", "<5", "<5", "5", "1,234"]


def test_problems_are_counted_by_table_and_kind_errors_first() -> None:
    """Two of a kind are one row; values, which may be somebody's, are not said; what the rule says is, if it is one."""
    twice = [problem("dangling", wanted="role_id", target="jabatan.csv")] * 2
    other = problem("out_of_bounds", table="standards", minimum="1", maximum="5")
    warning = problem("nip_gender", "warning", table="units", title="KELAMIN")
    page = quality_page(data_quality(cities.city()), [warning, other, *twice], ID)
    table = re.findall(
        r"<tr><td>(Kesalahan|Peringatan)</td><td>(.*?)</td><td>(.*?)</td><td class=\"wide\">(.*?)</td>", page
    )
    assert [row[:3] for row in table] == [
        ("Kesalahan", "Pegawai", "role_id"),
        ("Kesalahan", "Standar", "role_id"),
        ("Peringatan", "Perangkat daerah", "KELAMIN"),
    ]
    assert table[0][3] == "Tertulis …; seharusnya role_id dari jabatan.csv."
    assert "dari 1 sampai 5" in table[1][3]
    assert "RAHASIA" not in page
    assert re.findall(r"<dt>(?:Kesalahan|Peringatan)</dt><dd>(\d+)</dd>", page) == ["3", "1"]
    mixed = [problem("dangling", wanted="role_id", target=target) for target in ("a.csv", "b.csv")]
    assert kind_words(mixed, EN) == "Got …; expected a role_id of …."
    assert "also in row …" in kind_words([problem("duplicate", others="7", wanted="role_id")], EN)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_kind_of_problem_has_words(language: Language) -> None:
    """Whatever checking may find, the page can say what it is: a sentence, without a name that was not filled in."""
    kinds = [key.removeprefix("problem.") for key in catalogue() if re.fullmatch(r"problem\.\w+", key)]
    assert len(kinds) > 60
    for kind in kinds:
        said = kind_words([problem(kind)], Words(language))
        assert re.match(r"[^\W\d_]|…|\d", said), (kind, said)
        assert not set("{}") & set(said), (kind, said)


def test_the_problems_of_broken_tables_go_on_the_page() -> None:
    """From the error itself: a role that does not exist stands on the page with its count, and no value of a cell.

    What could be read is counted: the ten planned for are there, in no role with a standard.
    """
    frames = cities.frames()
    frames["employees"] = frames["employees"].assign(role_id="KLERK")
    with pytest.raises(DataError) as caught:
        Dataset.from_frames(frames, cities.settings())
    quality = data_quality(caught.value.frames, settings=cities.settings())
    assert quality.units["no_standard"].tolist() == quality.units["people"].tolist() == [3, 4, 3]
    page = quality_page(quality, caught.value.problems, ID)
    assert 'role_id dari roles.</td><td class="n">11</td>' in page
    assert "KLERK" not in page


@pytest.mark.parametrize("seed", range(8))
def test_whatever_cell_is_refused_the_page_is_made(seed: int) -> None:
    """One cell in every column of every table is spoilt: what is left is counted and the page says the problems."""
    rng = np.random.default_rng(seed)
    spoilt = {}
    for name, frame in random_frames(seed, everything=True).items():
        texts = frame.astype("object")
        for column in frame.columns if len(frame) else ():
            texts.loc[rng.integers(len(frame)), column] = rng.choice(["", "=1+1", "9" * 30, "2026-13-45", " x"])
        spoilt[name] = texts
    with pytest.raises(DataError) as caught:
        Dataset.from_frames(spoilt)
    quality = data_quality(caught.value.frames)
    left = dict(zip(quality.left_out["table"] + quality.left_out["reason"], quality.left_out["rows"], strict=True))
    gone = sum(left.get("employees" + reason, 0) for reason in ("no_key", "same_key"))
    assert quality.units["people"].sum() + gone == len(caught.value.frames["employees"])
    page = quality_page(quality, caught.value.problems, ID)
    errors = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert f"<dt>Kesalahan</dt><dd>{len(errors)}</dd>" in page


def test_without_a_date_the_page_says_so() -> None:
    """Where no table could be read there is no day, and every section says that it has nothing."""
    page = quality_page(data_quality({}), (), ID)
    assert "Belum ada tanggal dalam data" in page
    assert page.count("Tidak ada.</p>") == 6


def test_long_tables_are_cut_and_say_so() -> None:
    """The page shows 200 units and says how many more there are."""
    page = quality_page(units(*[(5, 6, 0, 7, 0)] * (MOST + 3)), (), EN)
    assert "… and 3 more" in page
    assert len(re.findall(r'<th scope="row">Dinas \d+</th><td class="n">18</td>', page)) == MOST


def test_synthetic_data_says_so_and_real_data_does_not() -> None:
    """The banner goes with the setting, on the screen and in the foot of every printed page."""
    quality = data_quality(cities.city())
    assert quality_page(quality, (), ID).count("Data sintetis") == 2
    real = replace(quality, settings=replace(quality.settings, synthetic=False))
    assert "sintetis" not in quality_page(real, (), ID)


def test_the_page_says_no_person() -> None:
    """No NIP, not even its last digits, and no name of an employee: the page is of tables, not of people."""
    data = cities.city()
    page = quality_page(data_quality(data), data.problems, ID)
    assert not re.search(r"\d{9}|…\d{3}", page)
    assert not [name for name in data.employees["name"] if re.search(rf"\b{name}\b", page)]
