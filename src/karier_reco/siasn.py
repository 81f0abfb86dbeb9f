"""What was carried out, as records for SIASN: the fields of its interfaces *kursus* and *diklat*."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.catalogue import on_offer
from karier_reco.dataset import Dataset
from karier_reco.rules import forms, rule

INTERFACES = ("kursus", "diklat")
SEAT = ["employee_id", "session_id"]


@dataclass(frozen=True, eq=False)
class SiasnRecords:
    """Records for SIASN, and what is not in them.

    ``kursus`` and ``diklat`` have exactly the fields of their interface, in its order; a field that the tables do not
    know is empty text. ``exported`` says whose each record is: ``interface, row`` (1 is the first record),
    ``employee_id, session_id, course_id, title``. ``left_out`` has every other row of attendance:
    ``employee_id, session_id, course_id, status, reason`` (a key of the texts ``left_out``). ``missing`` counts empty
    cells: ``interface, field, rows, why`` (a key of the texts ``siasn.why``).
    """

    kursus: pd.DataFrame
    diklat: pd.DataFrame
    exported: pd.DataFrame
    left_out: pd.DataFrame
    missing: pd.DataFrame
    synthetic: bool


def siasn_records(data: Dataset, as_of: date | None = None) -> SiasnRecords:
    """Draw up the training that was carried out, in the fields of SIASN's interfaces.

    A row of ``attendance`` with the status attended or passed is one record, in the order of employee and session;
    ``history`` is not exported: it tells of former years, and has no session and no first day. People whom
    ``settings.exclude`` leaves out of planning are in: what they did is no less done. With ``as_of``, sessions that end
    later are left out. Structural training goes to *diklat*, all other to *kursus*, a degree to neither; this and the
    fields are data, in ``data/siasn.toml``, with source and confidence. ``jumlahJam`` is JP, ``tahun`` the year of the
    last day. Every row of attendance is a record or in ``left_out``.

    >>> from karier_reco import load_example
    >>> seats = pd.DataFrame({"employee_id": ["207603122101032001"], "session_id": ["S-DATA-1"], "status": ["passed"]})
    >>> records = siasn_records(load_example().with_tables(attendance=seats))
    >>> print(records.kursus[["jenisKursusNama", "jumlahJam", "tanggalSelesaiKursus"]].to_string(index=False))
    jenisKursusNama  jumlahJam tanggalSelesaiKursus
      Diklat Teknis         24           03-03-2027
    """
    rows = _attendance(data)
    reason = _reasons(rows, as_of)
    left_out = rows.assign(reason=reason)[[*SEAT, "course_id", "status", "reason"]]
    by_interface = {name: _facts(rows[(reason == "") & (rows["interface"] == name)]) for name in INTERFACES}
    records = {name: _record(facts, name) for name, facts in by_interface.items()}
    return SiasnRecords(
        **records,
        exported=pd.concat(
            [
                facts[[*SEAT, "course_id", "title"]].assign(interface=name, row=np.arange(1, len(facts) + 1))
                for name, facts in by_interface.items()
            ],
            ignore_index=True,
        )[["interface", "row", *SEAT, "course_id", "title"]].astype({"interface": "str"}),
        left_out=left_out[reason != ""].reset_index(drop=True),
        missing=_missing(records),
        synthetic=data.settings.synthetic,
    )


def _attendance(data: Dataset) -> pd.DataFrame:
    """Return attendance in key order, with what is known of session and course, and the interface it goes to."""
    sessions = on_offer(data, None, None, cancelled=True)[
        ["session_id", "course_id", "form", "jp", "starts_on", "ends_on"]
    ]
    courses = data.courses[["course_id", "title", "provider"]]
    rows = data.attendance[[*SEAT, "status"]].merge(sessions, on="session_id", how="left", sort=False)
    rows = rows.merge(courses, on="course_id", how="left", sort=False).sort_values(SEAT, ignore_index=True)
    return rows.assign(interface=_mapped(rows["form"], "interface"))


def _reasons(rows: pd.DataFrame, as_of: date | None) -> pd.Series[str]:
    """Return why each row is no record, the first reason of all; empty where it is one."""
    reasons = {
        "registered": rows["status"] == "registered",
        "absent": rows["status"] == "absent",
        "education": rows["interface"] == "",
        "undated": rows["ends_on"].isna(),
        "after_as_of": rows["ends_on"] > pd.Timestamp(as_of or date.max),
    }
    found = pd.Series("", index=rows.index, dtype="str")
    for name, holds in reversed(reasons.items()):
        found = found.mask(holds, name)
    return found


def _facts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return every fact that can fill a field of a record."""
    known = forms()
    nip = re.compile(rule("nip").value)
    code = rows["form"].map({name: form.siasn_code for name, form in known.items()}).astype("str")
    name = rows["form"].map({name: form.name_id for name, form in known.items()}).astype("str")
    facts = {
        "nip": [number if nip.fullmatch(number) else "" for number in rows["employee_id"]],
        "kind_code": code,
        "kind_name": code.map(_rules()["kind"]).fillna(name),
        "certificate": _mapped(rows["form"], "certificate"),
        "year": rows["ends_on"].dt.year.astype("int64"),
        "starts_on": rows["starts_on"].dt.strftime("%d-%m-%Y"),
        "ends_on": rows["ends_on"].dt.strftime("%d-%m-%Y"),
    }
    return rows.assign(**facts).astype(dict.fromkeys(("nip", "kind_name", "starts_on", "ends_on"), "str"))


def _mapped(form: pd.Series[str], name: str) -> pd.Series[str]:
    return form.map(_rules()[name]).fillna("").astype("str")


def _record(facts: pd.DataFrame, interface: str) -> pd.DataFrame:
    empty = pd.Series("", index=facts.index, dtype="str")
    fields = {field["name"]: facts[field["from"]] if "from" in field else empty for field in _rules()[interface]}
    return pd.DataFrame(fields).reset_index(drop=True)


def _missing(records: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the empty cells of each field that has any."""
    counts = [
        (interface, field["name"], int((records[interface][field["name"]] == "").sum()), field["why"])
        for interface in INTERFACES
        for field in _rules()[interface]
    ]
    columns = ["interface", "field", "rows", "why"]
    texts = dict.fromkeys(("interface", "field", "why"), "str")
    return pd.DataFrame([row for row in counts if row[2]], columns=columns).astype({**texts, "rows": "int64"})


@cache
def _rules() -> dict[str, Any]:
    """Return the fields of each interface and the values of each rule, by name."""
    data = tomllib.loads(files("karier_reco").joinpath("data/siasn.toml").read_text(encoding="utf-8"))
    return {entry["name"]: entry["value"] for entry in (*data["interface"], *data["rule"])}
