"""The charts: what they draw is right, small numbers are not told, and the drawing is dead text on any page."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import numpy as np
import openpyxl
import pandas as pd
import pytest

import karier_reco as kr
from karier_reco.errors import SettingsError
from karier_reco.plan import TrainingPlan
from karier_reco.report.chart_tables import MOST_COMPETENCIES, MOST_LINES, budget_table, gap_table, jp_table
from karier_reco.report.charts import figures
from karier_reco.report.drawing import LIBRARIES, svg, versions
from karier_reco.report.masking import mask_plan
from karier_reco.report.page import page
from karier_reco.settings import Limits
from karier_reco.words import Words
from tests.unit.report.plans import HOSTILE, frame, hostile_plan, tiny_plan

CHARTS = [kr.budget_chart, kr.gap_chart, kr.jp_chart]
GAPS = (
    "employee_id competency_id purpose role_id standard assessed level gap importance weight basis peers "
    "assessed_on stale"
)


def plan_of(sizes: dict[str, int], gaps: dict[tuple[str, int, str], int], **seats: int) -> TrainingPlan:
    """Return the tiny plan with other people: ``sizes`` by unit, a gap by unit, number and competency, JP by id.

    The n-th of a unit is called unit-n; everybody is PNS, whose target is 20 JP.
    """
    people = [
        (f"{unit}-{n}", f"Nama {unit}-{n}", "AN", "Analis", "jf_ahli_muda", unit, f"Dinas {unit}", "PNS", "III/c", "L")
        for unit, size in sizes.items()
        for n in range(size)
    ]
    needs = [
        (f"{unit}-{n}", competency, "current", "AN", 5, 5 - gap, 5 - gap, gap, 2, 1.0, "assessed", 0, "", False)
        for (unit, n, competency), gap in gaps.items()
    ]
    names = sorted({need[1] for need in needs})
    plan = tiny_plan()
    first = plan.candidates.iloc[[0] * len(seats)].assign(employee_id=list(seats), jp=list(seats.values()))
    return replace(
        plan,
        people=frame("employee_id name role_id role tier unit_id unit employment grade gender", *people),
        gaps=frame(GAPS, *needs, dates="assessed_on", optional="assessed level gap"),
        competencies=frame("competency_id name kind", *[(name, f"Kompetensi {name}", "technical") for name in names]),
        candidates=first.reset_index(drop=True),
        granted=np.ones(len(seats), dtype=bool),
    )


def large_plan() -> TrainingPlan:
    """Return a plan of 45 units, 5 people each, who all lack a level in 17 competencies, and 45 budget lines."""
    units = [f"U{at:02d}" for at in range(45)]
    gaps = {(unit, n, f"K{at:02d}"): 1 for unit in units for n in range(5) for at in range(17)}
    plan = plan_of(dict.fromkeys(units, 5), gaps, **{"U00-0": 20})
    lines = [(f"L{at:02d}", "fee", unit, f"Dinas {unit}", 10**6 + at, 0, 0, 0.0) for at, unit in enumerate(units)]
    budgets = frame("budget_id account unit_id unit amount used left price", *lines)
    return replace(plan, budgets=budgets)


def test_a_budget_line_is_drawn_with_what_is_used_of_it() -> None:
    """Lines of all units come first and the larger before the smaller; 4.25 of 5 million are 85 %."""
    table = budget_table(tiny_plan(), Words("id"))
    assert list(table.rows[["panel", "line", "amount", "used"]].itertuples(index=False, name=None)) == [
        ("Menurut akun, semua unit", "Seluruh biaya", 5_000_000, 4_250_000),
        ("Menurut akun, semua unit", "Kontribusi", 3_000_000, 1_000_000),
        ("Menurut akun, semua unit", "Penyelenggaraan sendiri", 3_000_000, 2_750_000),
        ("Menurut akun, semua unit", "Perjalanan dinas", 1_000_000, 500_000),
        ("Kontribusi, menurut unit", "Dinas Kesehatan", 1_500_000, 1_000_000),
    ]
    assert table.rows["text"].iloc[0] == "Rp4.250.000 dari Rp5.000.000 (85 %)"
    assert table.caption.endswith("Pagu yang paling terpakai: Penyelenggaraan sendiri – semua unit, 91 %.")
    assert budget_table(tiny_plan(), Words("en")).rows["text"].iloc[0] == "Rp4,250,000 of Rp5,000,000 (85 %)"


def test_budget_lines_of_one_name_are_told_apart_and_the_smallest_are_counted() -> None:
    """Two fee lines of one unit show their ids; beyond the most that are drawn, the caption says how many."""
    plan = tiny_plan()
    twice = pd.concat([plan.budgets, plan.budgets[plan.budgets["unit_id"] == "dinkes"].assign(budget_id="fee/2")])
    names = list(budget_table(replace(plan, budgets=twice), Words("id")).rows["line"])
    assert names[-2:] == ["Dinas Kesehatan (fee/2)", "Dinas Kesehatan (fee/dinkes)"]
    table = budget_table(large_plan(), Words("id"))
    assert len(table.rows) == MOST_LINES
    assert table.rows["amount"].min() == 10**6 + 5  # 45 lines of 1,000,000 to 1,000,044: the five smallest are gone
    assert table.caption.endswith("5 pagu yang lebih kecil ada di plan.xlsx.")


def test_the_gap_map_counts_levels_per_hundred_people() -> None:
    """Of 10 people 6 lack 1 level and 1 lacks 2: 8 levels in 10 people are 80 per 100.

    The unit of more need per head comes first (B: 5 of 5 people lack 1, 100 per 100), and the map says so in
    numbers that are drawn, whole.
    """
    gaps = {("A", n, "K1"): 1 for n in range(6)} | {("A", 6, "K1"): 2} | {("B", n, "K1"): 1 for n in range(5)}
    rows = gap_table(plan_of({"A": 10, "B": 5}, gaps), Words("id")).rows
    assert list(rows[["row", "column", "unit", "value", "text"]].itertuples(index=False, name=None)) == [
        (0, 0, "Dinas B", 100, "100"),
        (1, 0, "Dinas A", 80, "80"),
    ]


def test_a_gap_of_two_purposes_counts_once() -> None:
    """The step from 2 to 3 is the same step for the role held and the next: the larger gap holds, not the sum."""
    plan = plan_of({"A": 5}, {("A", n, "K1"): 1 for n in range(5)})
    both = pd.concat([plan.gaps, plan.gaps.assign(purpose="next", gap=pd.array([2] * 5, dtype="Int64"))])
    assert list(gap_table(replace(plan, gaps=both), Words("id")).rows["value"]) == [200]


def test_an_unknown_gap_is_not_drawn() -> None:
    """A missing assessment is unknown, never 0 and never a gap; without any gap there is nothing to draw."""
    plan = plan_of({"A": 5}, {("A", n, "K1"): 1 for n in range(5)})
    unknown = plan.gaps.assign(gap=pd.array([pd.NA] * 5, dtype="Int64"))
    assert gap_table(replace(plan, gaps=unknown), Words("id")).caption == ""
    assert kr.gap_chart(replace(plan, gaps=unknown)).to_dict()["mark"]["text"] == "Tidak ada yang dapat digambarkan."


def test_cells_of_fewer_than_five_people_are_not_told() -> None:
    """Four people with a gap show as <5 and their levels are nowhere in the specification; five are shown.

    Their 12 levels among 16 people would be 75 per 100.
    """
    gaps = {("A", n, "K1"): 3 for n in range(4)} | {("A", n, "K2"): 1 for n in range(5)}
    plan = plan_of({"A": 16}, gaps)
    rows = gap_table(plan, Words("id")).rows.set_index("competency")
    assert rows.loc["Kompetensi K1", "text"] == "<5"
    assert rows.loc["Kompetensi K1", "value"] is pd.NA
    assert rows.loc["Kompetensi K2", "value"] == 31
    drawn = kr.gap_chart(plan).to_dict()["datasets"]
    assert {cell["value"] for cells in drawn.values() for cell in cells} == {None, 31}


def test_units_of_fewer_than_five_people_are_drawn_together() -> None:
    """Three and two people make five, drawn under one name; three alone are not drawn, and the caption says so."""
    gaps = {(unit, n, "K1"): 1 for unit, size in {"A": 5, "B": 3, "C": 2}.items() for n in range(size)}
    together = gap_table(plan_of({"A": 5, "B": 3, "C": 2}, gaps), Words("id"))
    assert list(together.rows["unit"]) == ["Dinas A", "2 perangkat daerah lain"]
    alone = {key: gap for key, gap in gaps.items() if key[0] != "C"}
    hidden = gap_table(plan_of({"A": 5, "B": 3}, alone), Words("id"))
    assert list(hidden.rows["unit"]) == ["Dinas A"]
    assert hidden.caption.endswith("berisi kurang dari lima orang tidak ditampilkan.")


def test_the_competencies_left_out_are_counted_with_their_share() -> None:
    """17 competencies of one level for each of five people: 15 are drawn, the two others hold 2 of 17, 11 %."""
    table = gap_table(large_plan(), Words("id"))
    assert table.rows["competency"].nunique() == MOST_COMPETENCIES
    assert table.caption.endswith("2 kompetensi lain memuat 11 % dari seluruh level.")


def test_people_at_the_target_are_counted_by_unit() -> None:
    """20 JP reach the target of a PNS, 19 do not; A: 1 of 5, B: 2 of 5, together 3 of 10; the lowest comes first."""
    plan = plan_of({"B": 5, "A": 5}, {}, **{"A-0": 20, "A-1": 19, "B-0": 24, "B-1": 20})
    table = jp_table(plan, Words("id"))
    assert list(table.rows[["unit", "reached", "some", "none", "text"]].itertuples(index=False, name=None)) == [
        ("semua unit", 3, 1, 6, "3 dari 10 (30 %)"),
        ("Dinas A", 1, 1, 3, "1 dari 5 (20 %)"),
        ("Dinas B", 2, 0, 3, "2 dari 5 (40 %)"),
    ]
    assert "mencapai target setahun: PNS 20 JP. Yang terendah: Dinas A, 20 %." in table.caption


def test_the_bands_are_told_apart_without_colour() -> None:
    """Who reaches the target is full, part of it half, none pale: three greys on paper, in the bars and the key."""
    plan = plan_of({"A": 5}, {}, **{"A-0": 20, "A-1": 10})
    drawn = [part for part in elements(drawings(plan)["jp"]) if part.get("d")]
    assert [part.get("opacity") for part in drawn] == [None, "0.5", "0.15"] * 2


def test_a_target_of_the_limits_goes_before_the_rule() -> None:
    """With a target of 30 JP nobody of the plan above reaches it; where nobody has a target nothing is drawn."""
    plan = plan_of({"A": 5}, {}, **{"A-0": 24})
    other = replace(plan, limits=Limits(target_jp={"PNS": 30}))
    assert list(jp_table(other, Words("id")).rows["text"]) == ["0 dari 5 (0 %)"]
    assert jp_table(replace(plan, limits=Limits(target_jp={})), Words("id")).caption == ""


@pytest.mark.parametrize("chart", CHARTS)
def test_nobody_is_in_the_specification(chart: Callable[..., Any]) -> None:
    """Whoever gets a chart gets its data: no number and no name of a person, and no column that is not drawn."""
    plan = plan_of({"A": 6}, {("A", n, "K1"): 1 for n in range(6)}, **{"A-0": 20})
    drawn = chart(plan).to_dict()
    text = json.dumps(drawn)
    assert not [name for name in [*plan.people["employee_id"], *plan.people["name"]] if name in text]
    columns = {name for rows in drawn["datasets"].values() for row in rows for name in row}
    allowed = {"row", "column", "panel", "line", "unit", "competency", "amount", "used", "value", "text"}
    assert columns <= allowed | {"band", "people", "at"}


def drawings(plan: TrainingPlan) -> dict[str, str]:
    made = figures(plan, Words("id"))
    assert made is not None
    return {name: drawing for name, (drawing, _) in made.items()}


def test_the_same_plan_gives_the_same_bytes() -> None:
    """Neither the order of rows, nor a theme or data transformer of the session, nor a second call leaves a trace."""
    plan = large_plan()
    first = drawings(plan)
    assert set(first) == {"budget", "gap", "jp"}
    tables = {name: getattr(plan, name).iloc[::-1] for name in ("people", "gaps", "competencies", "budgets")}
    with alt.theme.enable("dark"), alt.data_transformers.enable("json"):
        assert drawings(replace(plan, **tables)) == first


def test_masking_changes_no_drawing() -> None:
    """People are counted, not named: a masked plan, whose ids end alike, gives the same drawings."""
    plan = large_plan()
    assert drawings(mask_plan(plan)) == drawings(plan)


def test_a_drawing_is_small() -> None:
    """The most units and competencies that are drawn fill a map of 37 by 15 cells: under 60 kB all the same."""
    assert {name: len(drawing.encode()) < 60_000 for name, drawing in drawings(large_plan()).items()} == {
        "budget": True,
        "gap": True,
        "jp": True,
    }


SHAPES = {"svg", "g", "path", "line", "text", "tspan"}
LOOKS = {
    "viewBox", "role", "aria-label", "transform", "d", "x", "y", "x2", "y2", "dy", "opacity", "fill", "fill-opacity",
    "stroke", "stroke-opacity", "stroke-width", "font-family", "font-size", "font-weight", "text-anchor",
}  # fmt: skip


def hostile_city() -> TrainingPlan:
    """Return a plan whose units, competencies and lines have hostile names, with people enough to be drawn."""
    plan = plan_of({"A": 6}, {("A", n, "K1"): 1 for n in range(6)}, **{"A-0": 20})
    return replace(
        plan,
        people=plan.people.assign(unit=HOSTILE + "x" * 10_000),
        competencies=plan.competencies.assign(name=HOSTILE),
        budgets=hostile_plan().budgets,
    )


def elements(drawing: str) -> list[ET.Element]:
    return list(ET.fromstring(drawing).iter())  # noqa: S314  # our own drawing, whose form is what is tested


def test_a_drawing_holds_nothing_live() -> None:
    """Only shapes and their looks: no script, link, id, style, handler or address, whatever the names hold."""
    for name, drawing in drawings(hostile_city()).items():
        assert {element.tag.rpartition("}")[2] for element in elements(drawing)} <= SHAPES, name
        assert {attribute for element in elements(drawing) for attribute in element.attrib} <= LOOKS, name
        assert "url(" not in drawing, name
        assert "<script" not in drawing, name
        assert not set("\u202e\x00\x07") & set(drawing), name
        assert len(drawing) < 60_000, name


def test_hostile_names_show_as_text() -> None:
    """What looks like markup is drawn letter by letter, its invisible signs visible, cut where it is too long."""
    text = "".join(part.text or "" for part in elements(drawings(hostile_city())["gap"]))
    assert "=cmd|' /C calc'!A0<script>alert(1)" in text


@pytest.mark.parametrize(("language", "tick"), [("id", "1.500"), ("en", "1,500")])
def test_axes_write_numbers_as_the_language_does(language: Any, tick: str) -> None:
    """1,652,038,542 rupiah are drawn on an axis in millions, with the thousands as Indonesians or the English do."""
    plan = tiny_plan()
    big = replace(plan, budgets=plan.budgets.assign(amount=1_652_038_542))
    chart = kr.budget_chart(big, language)
    assert f">{tick}</text>" in svg(chart)
    assert chart.to_dict()["usermeta"]["embedOptions"]["formatLocale"]["thousands"] == tick[1]


def test_the_page_shows_the_drawings_with_their_captions() -> None:
    """Each figure has its sentence; what has nothing to draw has no figure; with figures no word that they lack."""
    plan = plan_of({"A": 6}, {("A", n, "K1"): 1 for n in range(6)}, **{"A-0": 20})
    text = page(plan, Words("id"), figures(plan, Words("id")))
    assert re.findall(r'<figure>.*?aria-label="(.*?)".*?<figcaption', text) == [
        "Pagu dan pemakaiannya",
        "Kesenjangan sebelum rencana: level per 100 pegawai",
        "Pegawai yang mencapai target JP",
    ]
    assert "Grafik tidak disertakan" not in text
    assert page(tiny_plan(), Words("id"), figures(tiny_plan(), Words("id"))).count("<figure>") == 1


@pytest.fixture(params=["altair", "vl_convert"])
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Take one library of the extra away."""
    monkeypatch.setitem(sys.modules, request.param, None)
    return str(request.param)


def test_without_the_extra_the_page_is_plain_and_says_how_to_get_charts(missing: str, tmp_path: Path) -> None:
    """The plan is written all the same; page and certificate name no chart, also of a plan that had some."""
    had = tiny_plan()
    had = replace(had, certificate={**had.certificate, "versions": {"python": "3.11", "altair": "6.0"}})
    folder = kr.write_plan(had, tmp_path / "out")
    text = (folder / "plan.html").read_text(encoding="utf-8")
    assert "<figure>" not in text
    assert "Grafik tidak disertakan" in text
    assert "pip install &#39;karier-reco[charts]&#39;" in text
    assert kr.read_plan(folder).certificate["versions"] == {"python": "3.11"}


def test_without_altair_a_chart_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line: what is missing and the command that installs it."""
    monkeypatch.setitem(sys.modules, "altair", None)
    for chart in CHARTS:
        with pytest.raises(SettingsError, match=r"charts: got no altair; .* pip install 'karier-reco\[charts\]'"):
            chart(tiny_plan())


def test_the_certificate_names_what_drew(tmp_path: Path) -> None:
    """Certificate and workbook list the versions of both libraries beside the others."""
    folder = kr.write_plan(tiny_plan(), tmp_path / "out")
    assert set(versions()) == set(LIBRARIES)
    assert versions().items() <= kr.read_plan(folder).certificate["versions"].items()
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    cells = {cell.value for row in book["Cara dibuat"] for cell in row}
    assert set(LIBRARIES) <= cells
