"""Charts of a plan: live in a notebook, and the same specification drawn for the page."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from karier_reco.errors import SettingsError
from karier_reco.plan import TrainingPlan
from karier_reco.report.chart_tables import BANDS, budget_table, gap_table, jp_table
from karier_reco.report.drawing import svg, versions
from karier_reco.texts import Language
from karier_reco.words import Words

if TYPE_CHECKING:
    from altair.typing import ChartType

#: Pixels of a whole drawing; its text then stands as large as the tables' on the page and on A4.
WIDTH = 760
LABEL, SPACE, STEP, CELL = 286, 8, 20, 60
#: Letters and lines that a label may have, beside and above the drawing.
BESIDE, ABOVE = (60, 1), (24, 2)
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
#: One hue that stands on white and on black: more of it is more, in print too.
HUE = "#2b7fa5"
INK = "currentColor"

#: Numbers on axes, as d3-format wants to be told.
LOCALES: dict[Language, dict[str, Any]] = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["Rp", ""]},
}

_TEXT = {"labelColor": INK, "labelFontSize": 10, "title": None, "aria": False}
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "padding": 2,
    "view": {"stroke": None},
    "concat": {"spacing": 12},
    "title": {"anchor": "start", "frame": "group", "color": INK, "fontSize": 11, "offset": 8},
    "axis": {**_TEXT, "domain": False, "ticks": False, "labelPadding": SPACE, "gridColor": INK, "gridOpacity": 0.15},
    "legend": {**_TEXT, "orient": "top", "symbolType": "square", "symbolStrokeWidth": 0, "offset": 4},
    "text": {"color": INK, "fontSize": 10},
    "mark": {"aria": False},
}


def budget_chart(plan: TrainingPlan, language: Language = "id") -> ChartType:
    """Draw what the plan uses of each budget line, by account and by unit; whole rupiah stand beside the bars.

    Needs the extra ``charts``, as do the other two; without it SettingsError says how to install it. ``description``
    says what to see.

    >>> import karier_reco as kr
    >>> plan = kr.make_plan(kr.load_example(), year=2027)
    >>> kr.budget_chart(plan, "en").description.partition("; ")[2]
    'each group has a scale of its own. The line used most: Fees – all units, 100 %.'
    """
    alt, words = _altair(), Words(language)
    rows, caption = budget_table(plan, words)
    if rows.empty:
        return _nothing(alt, words, "budget")
    room, panels = 228, []
    for panel, lines in rows.groupby("panel", sort=False):
        base = alt.Chart(_data(alt, lines, row=("row", "line", BESIDE)), title=words("chart.budget.unit", panel=panel))
        base = base.encode(_row(alt), tooltip=["line:N", "text:N"])
        axis = alt.Axis(tickCount=4, labelExpr="format(datum.value / 1e6, ',')")
        bars = [
            base.mark_bar(color=HUE, opacity=0.35, height=11).encode(alt.X("amount:Q", axis=axis)),
            base.mark_bar(color=HUE, height=11).encode(x="used:Q"),
            base.mark_text(align="left").encode(text="text:N", x=alt.value(WIDTH - LABEL - room + SPACE)),
        ]
        panels.append(alt.layer(*bars, width=WIDTH - LABEL - room, height={"step": STEP}))
    return _finished(alt.vconcat(*panels), words, "budget", caption)


def gap_chart(plan: TrainingPlan, language: Language = "id") -> ChartType:
    """Draw the gaps before the plan, units by competencies: levels below the standard per 100 people of the unit.

    Cells of fewer than five people are not told. The competencies with the largest gaps are shown; ``description``
    says how many others there are.

    >>> import karier_reco as kr
    >>> kr.gap_chart(kr.make_plan(kr.load_example(), year=2027), "en").description.partition(";")[0]
    'Levels below the standard of the role per 100 employees of the unit'
    """
    alt, words = _altair(), Words(language)
    rows, caption = gap_table(plan, words)
    if rows.empty:
        return _nothing(alt, words, "gap")
    data = _data(alt, rows, row=("row", "unit", BESIDE), column=("column", "competency", ABOVE))
    names = alt.Axis(orient="top", labelAngle=-90, labelExpr=_LINES, labelLimit=150, grid=False)
    base = alt.Chart(data).encode(
        _row(alt), alt.X("column:O", axis=names), tooltip=["unit:N", "competency:N", "text:N"]
    )
    depth = alt.Scale(range=[0.05, 0.65], zero=True)
    told = base.transform_filter("datum.value !== null")
    untold = base.transform_filter("datum.value === null")
    cells = told.mark_rect(color=HUE).encode(opacity=alt.Opacity("value:Q", scale=depth, legend=None))
    grey = untold.mark_rect(color=INK, opacity=0.12)
    layers = [cells, grey, base.mark_text().encode(text="text:N")]
    width = min(WIDTH - LABEL, CELL * rows["column"].nunique())
    return _finished(alt.layer(*layers, width=width, height={"step": STEP}), words, "gap", caption)


def jp_chart(plan: TrainingPlan, language: Language = "id") -> ChartType:
    """Draw for each unit how many of its people reach the JP target of the year with this plan.

    >>> import karier_reco as kr
    >>> kr.jp_chart(kr.make_plan(kr.load_example(), year=2027), "en").description
    'With this plan 5 of 6 employees (83 %) reach the target of the year: PNS 20 JP.'
    """
    alt, words = _altair(), Words(language)
    rows, caption = jp_table(plan, words)
    if rows.empty:
        return _nothing(alt, words, "jp")
    room = 110
    bands = {band: words(f"chart.jp.{band}") for band in BANDS}
    long = rows.rename(columns=bands).melt(["row", "unit", "text"], list(bands.values()), "band", "people")
    long["at"] = long["band"].map({name: at for at, name in enumerate(bands.values())})
    base = alt.Chart(_data(alt, long, row=("row", "unit", BESIDE))).encode(_row(alt), tooltip=["unit:N", "text:N"])
    depth = alt.Scale(type="ordinal", domain=list(bands.values()), range=[1, 0.5, 0.15])
    axis = alt.Axis(tickCount=4, labelExpr="format(100 * datum.value, ',') + ' %'")
    bars = base.mark_bar(color=HUE, height=11).encode(
        alt.X("people:Q", stack="normalize", axis=axis),
        alt.Opacity("band:N", scale=depth, legend=alt.Legend(symbolFillColor=HUE)),
        order="at:Q",
        tooltip=["unit:N", "band:N", "people:Q"],
    )
    said = base.transform_filter("datum.at === 0").mark_text(align="left")
    said = said.encode(text="text:N", x=alt.value(WIDTH - LABEL - room + SPACE))
    return _finished(alt.layer(bars, said, width=WIDTH - LABEL - room, height={"step": STEP}), words, "jp", caption)


def figures(plan: TrainingPlan, words: Words) -> dict[str, tuple[str, str]] | None:
    """Return each chart that has something to show, as SVG with its caption; None without the extra ``charts``."""
    if not versions():
        return None
    charts = {"budget": budget_chart, "gap": gap_chart, "jp": jp_chart}
    drawn = {name: chart(plan, words.language) for name, chart in charts.items()}
    return {name: (svg(chart), chart.description) for name, chart in drawn.items() if chart.description}


def _altair() -> Any:
    try:
        import altair as alt
    except ImportError as error:
        raise SettingsError(
            f"charts: got no {error.name}; expected the extra charts. Run pip install 'karier-reco[charts]'.",
            name="charts",
            value=error.name,
        ) from error
    return alt


#: A label carries its number in front, so that no two are one; it is cut off and the lines are told apart.
_LINES = "split(slice(datum.label, 5), '\\n')"


def _row(alt: Any) -> Any:
    axis = alt.Axis(labelExpr=_LINES, labelLimit=LABEL - SPACE, minExtent=LABEL, maxExtent=LABEL, grid=False)
    return alt.Y("row:O", axis=axis)


def _data(alt: Any, rows: pd.DataFrame, **labels: tuple[str, str, tuple[int, int]]) -> Any:
    """Return the rows inline, where no transformer of the session cuts or writes them, numbers as numbered labels."""
    for key, (number, name, (letters, lines)) in labels.items():
        texts = [_fitted(text, letters, lines) for text in rows[name]]
        rows = rows.assign(**{key: [f"{at:04d} {text}" for at, text in zip(rows[number], texts, strict=True)]})
    return alt.InlineData(values=rows.astype(object).where(rows.notna(), None).to_dict("records"))


def _fitted(text: str, letters: int, lines: int) -> str:
    return "\n".join(textwrap.wrap(text, letters, max_lines=lines, placeholder="…"))


def _nothing(alt: Any, words: Words, name: str) -> ChartType:
    empty = alt.Chart(alt.InlineData(values=[{}])).mark_text(text=words("chart.nothing"))
    return _finished(empty, words, name, "", left=0)


def _finished(chart: Any, words: Words, name: str, caption: str, left: int = -LABEL) -> ChartType:
    finished: ChartType = chart.properties(
        title={"text": words(f"chart.{name}.title"), "fontSize": 12, "dx": left, "offset": 16},
        description=caption,
        usermeta={"embedOptions": {"formatLocale": LOCALES[words.language]}},
    ).configure(**CONFIG)
    return finished
