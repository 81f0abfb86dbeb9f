"""Classes larger than the agency, and exclusions that concern nobody."""

from __future__ import annotations

from karier_reco.checking.found import listed, shown
from karier_reco.checking.plausibility.sound import Sound


def check_people(sound: Sound) -> None:
    """Warn of sessions that never can open, and of values of ``exclude`` that no employee has."""
    employees = sound.complete("employees", "employee_id")
    if employees is None:
        return
    excluded = employees["employee_id"] == ""
    for column, values in sound.settings.exclude.items():
        people = sound.complete("employees", column)
        if people is None:
            return
        absent = sorted({str(value) for value in values} - set(people[column]))
        excluded |= people[column].isin([str(value) for value in values])
        if absent:
            names = listed([shown(value, column) for value in absent])
            sound.whole("exclude_nobody", "employees", column, names, count=str(len(absent)))
    sessions = sound("sessions", "min_seats")
    if sessions is not None:
        left = int((~excluded).sum())
        sound.remark("class_above_people", "sessions", "min_seats", sessions["min_seats"] > left, people=str(left))
