"""A chart drawn for the page: plain SVG without a script, a font or a link, in the ink of the page around it."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree as ET

LIBRARIES = ("altair", "vl-convert-python")

#: Attributes that an element takes from the one around it.
INHERITED = (
    "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width",
    "font-family", "font-size", "font-weight", "text-anchor",
)  # fmt: skip
PLACES = ("transform", "d", "x", "y", "x2", "y2", "dy", "opacity")
_SPACE = "http://www.w3.org/2000/svg"
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e[-+]?\d+)?")
_MOVED = re.compile(r"translate\(([^,()]+),([^,()]+)\)")


def versions() -> dict[str, str]:
    """Return the versions of what draws; nothing where the extra ``charts`` is not installed as a whole."""
    try:
        import altair as alt  # noqa: F401  # only asked whether it is there
        import vl_convert  # noqa: F401  # as above
    except ImportError:
        return {}
    return {name: version(name) for name in LIBRARIES}


def svg(chart: Any) -> str:
    """Return an Altair chart as SVG text, the same for the same chart: transparent, as wide as its place."""
    import altair as alt
    import vl_convert

    specification = chart.to_dict()
    specification["config"] = chart.config.to_dict()  # ours alone, whatever theme the session has enabled
    drawn = vl_convert.vegalite_to_svg(
        specification,
        vl_version=".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2]),
        format_locale=specification["usermeta"]["embedOptions"]["formatLocale"],
        allowed_base_urls=[],
    )
    root = ET.fromstring(drawn)  # noqa: S314  # drawn three lines above, not from outside
    frame = {
        "xmlns": _SPACE,
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-label": specification["title"]["text"],
    }
    _thin(root)
    root.attrib = {**frame, **root.attrib}
    return ET.tostring(root, encoding="unicode")


def _thin(element: ET.Element) -> None:
    """Leave what is seen: no hooks for scripts, no shapes without ink, nothing said twice, numbers to a hundredth."""
    element.tag = element.tag.removeprefix(f"{{{_SPACE}}}")
    given = {name: value for name, value in element.attrib.items() if name in (*INHERITED, *PLACES)}
    element.attrib = {name: _NUMBER.sub(_rounded, value) if name in PLACES else value for name, value in given.items()}
    moved = _MOVED.fullmatch(element.attrib.get("transform", ""))
    if moved and element.tag == "text" and not len(element):
        del element.attrib["transform"]
        element.attrib |= {"x": moved[1], "y": moved[2]}
    for name, nothing in {"opacity": "1", "transform": "translate(0,0)"}.items():
        if element.attrib.get(name) == nothing:
            del element.attrib[name]
    for child in element:
        _thin(child)
    seen = [child for child in element if len(child) or child.text or {"fill", "stroke"} & set(child.attrib)]
    for name in INHERITED:
        values = {child.get(name) for child in seen}
        if len(values) == 1 and None not in values:
            element.set(name, values.pop() or "")
            for child in seen:
                del child.attrib[name]
    element[:] = [part for child in seen for part in ([child] if child.attrib or child.tag != "g" else child)]


def _rounded(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 2) + 0.0:g}"
