"""Plausibility: what no rule forbids and hardly any agency means. Every finding is a warning, one for each kind.

Thresholds are constants with their reason beside them; those marked [assumed] rest on no source.
"""

from __future__ import annotations

from collections.abc import Mapping

from karier_reco.checking.cells import Draft
from karier_reco.checking.found import Found
from karier_reco.checking.plausibility.catalogue import check_catalogue
from karier_reco.checking.plausibility.days import check_days
from karier_reco.checking.plausibility.levels import check_levels
from karier_reco.checking.plausibility.money import check_money
from karier_reco.checking.plausibility.people import check_people
from karier_reco.checking.plausibility.sound import Sound
from karier_reco.settings import Settings

__all__ = ["check_plausibility"]


def check_plausibility(drafts: Mapping[str, Draft], settings: Settings, found: Found) -> None:
    """Add warnings about tables whose cells are all right and whose whole is not.

    Only columns without an error are judged, so that one mistake is not said twice.
    """
    sound = Sound(drafts, settings, found)
    for check in (check_levels, check_money, check_days, check_catalogue, check_people):
        check(sound)
