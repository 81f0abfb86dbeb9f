"""The certificate: what the plan says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from karier_reco.auditing.facts import Facts
from karier_reco.auditing.gaps import same
from karier_reco.settings import as_plain


def settings_equal(facts: Facts) -> Iterator[str]:
    """Settings and limits are those of the data and the plan, in the certificate too."""
    certificate = facts.plan.certificate
    for name, got, expected in (
        ("plan, settings", as_plain(facts.plan.settings), as_plain(facts.settings)),
        ("certificate, settings", certificate["settings"], as_plain(facts.settings)),
        ("certificate, limits", certificate["limits"], as_plain(facts.limits)),
        (
            "certificate",
            {name: certificate[name] for name in ("synthetic", "year", "as_of")},
            {
                "synthetic": facts.settings.synthetic,
                "year": facts.plan.year,
                "as_of": facts.plan.as_of.isoformat(),
            },
        ),
    ):
        for key in sorted(set(got) | set(expected)):
            if got.get(key) != expected.get(key):
                yield f"{name}, {key}: got {_shown(got.get(key))}; expected {_shown(expected.get(key))}"


def hashes_equal(facts: Facts) -> Iterator[str]:
    """The plan was made from these very tables."""
    got, expected = dict(facts.plan.certificate["hashes"]), dict(facts.data.hashes)
    for table in sorted(set(got) | set(expected)):
        if got.get(table) != expected.get(table):
            yield f"certificate, hashes, {table}: got {got.get(table)}; expected {expected.get(table)}"


def bound_holds(facts: Facts) -> Iterator[str]:
    """The value is at most the bound, and the optimality gap says by how much."""
    value, bound, gap = (facts.plan.certificate[name] for name in ("value", "bound", "optimality_gap"))
    if bound is None:
        if gap is not None:
            yield f"certificate, optimality_gap: got {gap} without a bound; expected none"
        return
    if value > bound and not same(float(value), bound):
        yield f"certificate, bound: got {bound:.12g}; expected at least the value, {value:.12g}"
    expected = (bound - value) / bound if bound > 0 else 0.0
    if gap is None or not same(float(gap), expected):
        yield f"certificate, optimality_gap: got {gap}; expected {expected:.12g}, from value and bound"


def _shown(setting: object) -> str:
    """Return a setting as messages may show it: people who are excluded are named by their NIP."""
    return re.sub(r"\d{8,}(?=\d{3})", "…", repr(setting))


CERTIFICATE = (settings_equal, hashes_equal, bound_holds)
