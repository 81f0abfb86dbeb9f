"""Employees: roles, units, employment, ages, synthetic NIPs and names."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from generator.content import Content
from generator.draws import Flags, Floats, Ints, columns, rows_of, run_numbers, sample_weighted, share_out, stream
from generator.organisation import copy_id

AHEAD = 100
"""NIPs and birth dates lie a hundred years ahead: no living person can have them."""

END_OF_2026 = (2026 + AHEAD) * 12 + 11
"""Months since year 0 to December of the last year before the plan, a hundred years ahead."""

ENTRY_TIERS = ("pelaksana", "jf_ahli_pertama", "jf_terampil", "jf_pemula")


def employees(content: Content, people: int, seed: int, copies: int, part_time: float) -> pd.DataFrame:
    """Return the employees with their ``group``, in order of role."""
    rng = stream(seed, "employees")
    numbers = content.numbers["people"]
    roles = content.roles
    role = np.repeat(np.arange(len(roles)), share_out(people, roles["people"].to_numpy(np.float64)))
    tier, group = (roles[name].to_numpy(object)[role] for name in ("tier", "group"))
    women = rng.random(people) < _share_of_women(roles, role, numbers["female_share"])
    employment = _employment(rng, numbers, tier, group, part_time)
    birth, appointed = _dates(rng, content, tier, employment)
    table = pd.DataFrame(
        {
            "employee_id": _nips(rng, birth, appointed, women),
            "name": _names(rng, content, women),
            "role_id": roles["role_id"].to_numpy(object)[role],
            "unit_id": _units(rng, content, role, copies),
            "employment": employment,
            "next_role_id": _next_roles(rng, roles, role, employment, numbers["next_role_share"]),
            "grade": _grades(content, tier, employment, appointed),
            "gender": np.where(women, "P", "L"),
            "birth_date": birth,
            "appointed_on": appointed.astype("datetime64[D]"),
            "performance": columns(
                list(numbers["performance"]),
                rng.choice(len(numbers["performance"]), size=people, p=list(numbers["performance"].values())),
            ),
            "group": group,
        }
    )
    return table.sample(frac=1, random_state=rng).reset_index(drop=True)


def _share_of_women(roles: pd.DataFrame, role: Ints, target: float) -> Floats:
    """Return each person's chance of being a woman: the role's, shifted until the mean is the published share."""
    own = roles["female"].to_numpy(np.float64)[role]
    low, high = -3.0, 3.0
    odds = np.where(own < 1, own, 0.5)
    for _ in range(50):
        shift = (low + high) / 2
        shifted = np.where(own < 1, 1 / (1 + (1 - odds) / odds * np.exp(-shift)), 1.0)
        low, high = (shift, high) if shifted.mean() < target else (low, shift)
    return shifted


def _employment(
    rng: np.random.Generator, numbers: dict[str, Any], tier: npt.NDArray[Any], group: npt.NDArray[Any], part_time: float
) -> npt.NDArray[Any]:
    entry = np.isin(tier, ENTRY_TIERS)
    people = len(tier)
    employment = np.full(people, "PNS", dtype=object)
    weight = np.array([numbers["pppk_weight"][name] for name in group]) * entry
    contract = sample_weighted(rng, weight, round(people * numbers["pppk_share"]))
    employment[contract] = "PPPK"
    employment[contract[: round(len(contract) * part_time)]] = "PPPK_PW"
    free = (entry & (employment == "PNS")).astype(np.float64)
    employment[sample_weighted(rng, free, round(people * numbers["cpns_share"]))] = "CPNS"
    return employment


def _dates(
    rng: np.random.Generator, content: Content, tier: npt.NDArray[Any], employment: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]:
    """Return birth dates and months of appointment; nobody is appointed before 18 or after 40."""
    people = len(tier)
    bounds = np.array([content.numbers["ages"][name] for name in tier])
    new, contract = employment == "CPNS", np.char.startswith(employment.astype(str), "PPPK")
    youngest = np.where(new, 22, bounds[:, 0])
    oldest = np.where(new, 34, np.where(contract, np.minimum(bounds[:, 1], 44), bounds[:, 1]))
    age_months = rng.integers(youngest * 12, oldest * 12 + 12)
    born = END_OF_2026 - age_months
    earliest = np.where(contract, np.maximum(END_OF_2026 - 71, born + 18 * 12 + 1), born + 20 * 12)
    latest = np.minimum(born + np.where(contract, 40 * 12 - 1, 35 * 12), END_OF_2026 - np.where(contract, 2, 12))
    appointed = rng.integers(earliest, np.maximum(earliest, latest) + 1)
    appointed = np.where(new, END_OF_2026 - rng.integers(6, 11, people), appointed)
    first = (born - 1970 * 12).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    birth = first.astype("datetime64[D]") + rng.integers(0, length)
    return birth, (appointed - 1970 * 12).astype("datetime64[M]")


def _nips(
    rng: np.random.Generator, birth: npt.NDArray[np.datetime64], appointed: npt.NDArray[np.datetime64], women: Flags
) -> npt.NDArray[Any]:
    """Return 18 digits: birth date, month of appointment, 1 or 2, a sequence of 001 to 999; all different."""
    days = np.char.replace(np.datetime_as_string(birth, unit="D"), "-", "")
    months = np.char.replace(np.datetime_as_string(appointed, unit="M"), "-", "")
    head = np.char.add(np.char.add(days, months), np.where(women, "2", "1"))
    order = np.argsort(head, kind="stable")
    kinds, kind = np.unique(head[order], return_inverse=True)
    number = np.empty(len(head), dtype=np.int64)
    number[order] = (rng.integers(0, 999, len(kinds))[kind] + run_numbers(kind)) % 999 + 1
    return np.char.add(head, np.char.zfill(number.astype(str), 3)).astype(object)


def _names(rng: np.random.Generator, content: Content, women: Flags) -> npt.NDArray[Any]:
    people = len(women)
    given = {
        sex: columns(content.names[sex], rng.integers(0, len(content.names[sex]), people)) for sex in ("women", "men")
    }
    family = columns(content.names["family"], rng.integers(0, len(content.names["family"]), (people, 2)))
    first = np.where(women, given["women"], given["men"])
    middle = np.where((rng.random(people) < 0.3) & (family[:, 0] != family[:, 1]), family[:, 0] + " ", "")
    return np.asarray(first + " " + middle + family[:, 1], dtype=object)


def _units(rng: np.random.Generator, content: Content, role: Ints, copies: int) -> npt.NDArray[Any]:
    """Return each person's unit: managers go round the units of their role, others are spread at random."""
    members: dict[str, list[str]] = {}
    for unit in rows_of(content.units):
        for group in unit["groups"].split():
            members.setdefault(f"@{group}", []).append(unit["unit_id"])
    chosen = np.empty(len(role), dtype=object)
    for number, entry in enumerate(rows_of(content.roles)):
        where = np.flatnonzero(role == number)
        tokens = [members.get(token, [token]) for token in entry["units"].split()]
        places = [place for token in tokens for place in token]
        city = np.arange(len(where)) % copies
        if entry["group"] == "managers":
            place = np.arange(len(where)) // copies % len(places)
        else:
            weights = np.array([1 / len(token) for token in tokens for _ in token])
            place = rng.choice(len(places), size=len(where), p=weights / weights.sum())
        chosen[where] = [copy_id(places[p], int(c)) for p, c in zip(place, city, strict=True)]
    return chosen


def _next_roles(
    rng: np.random.Generator, roles: pd.DataFrame, role: Ints, employment: npt.NDArray[Any], share: float
) -> npt.NDArray[Any]:
    following = roles["next_role_id"].to_numpy(object)[role]
    wanted = (following != "") & (employment == "PNS") & (rng.random(len(role)) < share)
    return np.where(wanted, following, "")


def _grades(
    content: Content, tier: npt.NDArray[Any], employment: npt.NDArray[Any], appointed: npt.NDArray[np.datetime64]
) -> npt.NDArray[Any]:
    """Return grades that rise with service inside the tier; contract staff have the one of their entry."""
    numbers = content.numbers["grades"]
    service = (END_OF_2026 - 1970 * 12 - appointed.astype(np.int64)) / 12
    step = np.minimum(service / 30, 0.999)
    return np.array(
        [
            numbers["contract"][t] if e.startswith("PPPK") else numbers[t][int(s * len(numbers[t]))]
            for t, e, s in zip(tier, employment, step, strict=True)
        ],
        dtype=object,
    )
