"""Templates made into pages: text escaped, nothing undefined, one style for all."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from karier_reco.errors import masked
from karier_reco.words import Words


def render(template: str, words: Words, **content: Any) -> str:
    """Return a page from its template in ``data/templates``; ``t`` is the words there."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "rupiah": words.rupiah,
        "whole": words.whole,
        "number": words.number,
        "percent": words.percent,
        "day": words.day,
        "short": words.short,
        "people": words.people,
        "masked": masked,
    }
    return environment.get_template(template).render(t=words, **content)


def _source(name: str) -> str:
    return files("karier_reco").joinpath("data/templates", name).read_text(encoding="utf-8")
