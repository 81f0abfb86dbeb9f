"""What was carried out, for SIASN: by hand, against loops, and as files."""

from __future__ import annotations

import csv
import re
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from karier_reco.dataset import Dataset
from karier_reco.errors import SettingsError
from karier_reco.loading import load_example
from karier_reco.report import write_siasn
from karier_reco.rules import forms
from karier_reco.settings import Settings
from karier_reco.siasn import SiasnRecords, siasn_records
from karier_reco.texts import Language, catalogue
from tests import cities
from tests.datasets import random_frames
from tests.unit.report.plans import HOSTILE

KURSUS = [
    "id", "idPns", "nipBaru", "jenisDiklatId", "jenisKursusNama", "jenisKursusSertifikat", "namaKursus",
    "institusiPenyelenggara", "jumlahJam", "noSertipikat", "tahunKursus", "tanggalKursus", "tanggalSelesaiKursus",
    "path",
]  # fmt: skip
DIKLAT = [
    "id", "pnsOrangId", "latihanStrukturalId", "nomor", "tanggal", "tanggalSelesai", "tahun", "jumlahJam", "bobot",
    "institusiPenyelenggara", "jenisKompetensi",
]  # fmt: skip
KINDS = {
    "structural": ("1", "Diklat Struktural"), "functional": ("2", "Diklat Fungsional"),
    "course": ("3", "Diklat Teknis"), "workshop": ("4", "Workshop"), "managerial": ("5", "Pelatihan Manajerial"),
    "sociocultural": ("6", "Pelatihan Sosial Kultural"), "outreach": ("7", "Sosialisasi"),
    "guidance": ("8", "Bimbingan Teknis"), "seminar": ("9", "Seminar"), "internship": ("10", "Magang"),
    "e-learning": ("", "E-Learning"), "distance": ("", "Pelatihan Jarak Jauh"), "coaching": ("", "Coaching"),
    "mentoring": ("", "Mentoring"), "benchmarking": ("", "Patok Banding"),
}  # fmt: skip
"""Code and name of each form's kind of training, typed anew from the list; a form without a verified code has none."""

ANI, EKA, CITRA, DEDI, GITA = (
    "207603122101032001", "210202112126032004", "208408172109012003", "208703122110011005", "209710142120022007",
)  # fmt: skip
ATTENDED = [
    (GITA, "S-INTEGRITAS", "attended"),
    (ANI, "S-DATA-1", "passed"),
    (EKA, "S-LATSAR", "attended"),
    (CITRA, "S-MAGISTER", "attended"),
    (DEDI, "S-SEMINAR", "absent"),
    (GITA, "S-SEMINAR", "registered"),
    (ANI, "S-COACH", "attended"),
]


def attendance(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["employee_id", "session_id", "status"])


@pytest.fixture(scope="module")
def example() -> SiasnRecords:
    """The records of seven rows of attendance of the example."""
    return siasn_records(load_example().with_tables(attendance=attendance(*ATTENDED)))


def test_records_by_hand(example: SiasnRecords) -> None:
    """Each field in its place, in the order of employee and session.

    The coaching runs from 2 August to 30 September 2027: 60 days are two begun months of 31 days, 4 JP each: 8 JP.
    The data course credits its own 24 JP. Coaching and e-learning have no verified code, only a name.
    """
    dates = {"S-COACH": ("02-08-2027", "30-09-2027"), "S-DATA-1": ("01-03-2027", "03-03-2027")}
    coach = ["", "", ANI, "", "Coaching", "", "Coaching Memimpin dengan Jujur", "BKPSDM Kota Contoh", 8, "", 2027]
    course = ["", "", ANI, "3", "Diklat Teknis", "T", "Pelatihan Pengolahan Data", "Pusat pelatihan (contoh)", 24, "",
              2027]  # fmt: skip
    online = ["", "", GITA, "", "E-Learning", "", "E-Learning Integritas", "BKPSDM Kota Contoh", 21, "", 2027]
    assert example.kursus.to_numpy().tolist() == [
        [*coach, *dates["S-COACH"], ""],
        [*course, *dates["S-DATA-1"], ""],
        [*online, "01-02-2027", "26-03-2027", ""],
    ]
    latsar = ["", "", "", "", "08-03-2027", "10-05-2027", 2027, 647, "", "Lembaga pelatihan provinsi (contoh)", ""]
    assert example.diklat.to_numpy().tolist() == [latsar]
    assert example.exported[["interface", "row", "employee_id", "session_id"]].to_numpy().tolist() == [
        ["kursus", 1, ANI, "S-COACH"],
        ["kursus", 2, ANI, "S-DATA-1"],
        ["kursus", 3, GITA, "S-INTEGRITAS"],
        ["diklat", 1, EKA, "S-LATSAR"],
    ]
    assert example.left_out[["employee_id", "session_id", "reason"]].to_numpy().tolist() == [
        [CITRA, "S-MAGISTER", "education"],
        [DEDI, "S-SEMINAR", "absent"],
        [GITA, "S-SEMINAR", "registered"],
    ]


def test_what_is_missing_by_hand(example: SiasnRecords) -> None:
    """No field is made up: what the tables do not know is empty, counted, and said why."""
    assert example.missing.to_numpy().tolist() == [
        ["kursus", "id", 3, "given_there"],
        ["kursus", "idPns", 3, "person_id"],
        ["kursus", "jenisDiklatId", 2, "no_code"],
        ["kursus", "jenisKursusSertifikat", 2, "no_code"],
        ["kursus", "noSertipikat", 3, "certificate"],
        ["kursus", "path", 3, "certificate"],
        ["diklat", "id", 1, "given_there"],
        ["diklat", "pnsOrangId", 1, "person_id"],
        ["diklat", "latihanStrukturalId", 1, "reference"],
        ["diklat", "nomor", 1, "certificate"],
        ["diklat", "bobot", 1, "meaning"],
        ["diklat", "jenisKompetensi", 1, "meaning"],
    ]


def loop(data: Dataset, as_of: date | None) -> dict[str, list[dict[str, Any]]]:
    """Go through attendance row by row: what a clerk would type into each interface."""
    sessions = {row["session_id"]: row for row in data.sessions.to_dict("records")}
    courses = {row["course_id"]: row for row in data.courses.to_dict("records")}
    found: dict[str, list[dict[str, Any]]] = {"kursus": [], "diklat": [], "left_out": []}
    for row in sorted(data.attendance.to_dict("records"), key=lambda r: (r["employee_id"], r["session_id"])):
        session = sessions[row["session_id"]]
        course = courses[session["course_id"]]
        form, starts, ends = course["form"], session["starts_on"], session["ends_on"]
        undated = pd.isna(ends)
        if (
            row["status"] in ("registered", "absent")
            or form == "degree"
            or undated
            or (as_of is not None and ends.date() > as_of)
        ):
            found["left_out"].append({"employee_id": row["employee_id"], "session_id": row["session_id"]})
            continue
        jp = course["jp"]
        jp = forms()[form].jp(starts.date(), ends.date()) if pd.isna(jp) else int(jp)
        first, last = (f"{day.day:02}-{day.month:02}-{day.year}" for day in (starts, ends))
        nip = row["employee_id"] if re.fullmatch(r"\d{14}[12]\d{3}", row["employee_id"]) else ""
        if form == "structural":
            values = ["", "", "", "", first, last, ends.year, jp, "", course["provider"], ""]
            found["diklat"].append(dict(zip(DIKLAT, values, strict=True)))
        else:
            kind = [*KINDS[form], {"functional": "F", "course": "T"}.get(form, "")]
            values = ["", "", nip, *kind, course["title"], course["provider"], jp, "", ends.year, first, last, ""]
            found["kursus"].append(dict(zip(KURSUS, values, strict=True)))
    return found


def random_city(seed: int) -> Dataset:
    """A random city whose first course is structural training."""
    frames = random_frames(seed, everything=seed % 4 != 0)
    first = frames["courses"].index == 0
    form, jp = frames["courses"]["form"].mask(first, "structural"), frames["courses"]["jp"].mask(first, 40)
    return Dataset.from_frames(frames | {"courses": frames["courses"].assign(form=form, jp=jp)})


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("as_of", [None, date(2027, 6, 30)])
def test_records_are_those_of_the_loop(seed: int, as_of: date | None) -> None:
    """For random cities: every record, every field, and in = records + left out; some cities have no sessions table."""
    data = random_city(seed)
    records, expected = siasn_records(data, as_of), loop(data, as_of)
    assert list(records.kursus.columns) == KURSUS
    assert list(records.diklat.columns) == DIKLAT
    assert records.kursus.to_dict("records") == expected["kursus"]
    assert records.diklat.to_dict("records") == expected["diklat"]
    assert records.left_out[["employee_id", "session_id"]].to_dict("records") == expected["left_out"]
    assert len(records.exported) == len(records.kursus) + len(records.diklat)
    assert len(records.exported) + len(records.left_out) == len(data.attendance)
    for row in records.missing.to_dict("records"):
        frame = {"kursus": records.kursus, "diklat": records.diklat}[row["interface"]]
        assert row["rows"] == sum(value == "" for value in frame[row["field"]]) > 0


def test_random_cities_have_records_of_both_interfaces() -> None:
    """A check of the check: the loop was compared with something."""
    seen = [siasn_records(random_city(seed)) for seed in range(12)]
    assert sum(len(records.kursus) for records in seen) > 5
    assert sum(len(records.diklat) for records in seen) > 0
    assert sum(len(records.left_out) for records in seen) > 5


def test_without_a_table_of_sessions_nothing_has_dates() -> None:
    """Then each course is one session on no day: attendance cannot be a record, and says so.

    Of two reasons the first is said: 002 was absent, which no table of sessions would change.
    """
    frames = cities.frames()
    del frames["sessions"], frames["decisions"]
    frames["courses"] = frames["courses"].assign(fee="0", jp="8")
    rows = attendance((cities.NIPS["001"], "K-BUD2", "passed"), (cities.NIPS["002"], "K-BUD2", "absent"))
    records = siasn_records(Dataset.from_frames(frames | {"attendance": rows}, cities.settings()))
    assert (len(records.exported), records.left_out["reason"].tolist()) == (0, ["undated", "absent"])


def test_people_who_are_not_planned_for_are_exported() -> None:
    """``exclude`` takes people out of planning, not out of the record of what they did: 011 is excluded."""
    rows = attendance((cities.NIPS["011"], "S1", "attended"))
    assert siasn_records(cities.city(attendance=rows)).kursus["nipBaru"].tolist() == [cities.NIPS["011"]]


def test_what_ends_after_the_day_is_not_carried_out() -> None:
    """S1 ends on 2 March 2027: on that day it is done, on the day before it is not."""
    data = cities.city(attendance=attendance((cities.NIPS["001"], "S1", "attended")))
    assert len(siasn_records(data, date(2027, 3, 2)).kursus) == 1
    early = siasn_records(data, date(2027, 3, 1))
    assert (len(early.exported), early.left_out["reason"].tolist()) == (0, ["after_as_of"])


def test_the_year_is_that_of_the_last_day() -> None:
    """Training from 28 December 2026 to 8 January 2027 was finished in 2027."""
    frames = cities.frames()
    frames["sessions"] = frames["sessions"].replace({"2027-04-05": "2026-12-28", "2027-04-09": "2027-01-08"})
    rows = attendance((cities.NIPS["001"], "S2", "passed"))
    records = siasn_records(Dataset.from_frames(frames | {"attendance": rows}, cities.settings()))
    fields = ["tahunKursus", "tanggalKursus", "tanggalSelesaiKursus"]
    assert records.kursus[fields].to_numpy().tolist() == [[2027, "28-12-2026", "08-01-2027"]]


def test_an_id_that_is_no_nip_is_not_exported_as_one() -> None:
    """An agency's own id in the field of the NIP would be false: the field stays empty, and ``exported`` has the id."""
    frames = cities.frames()
    frames["employees"] = pd.concat(
        [frames["employees"], frames["employees"].head(1).assign(employee_id="HONORER-7")], ignore_index=True
    )
    data = Dataset.from_frames(
        frames | {"attendance": attendance(("HONORER-7", "S1", "passed"))}, Settings(synthetic=True)
    )
    records = siasn_records(data)
    assert records.kursus["nipBaru"].tolist() == [""]
    assert records.exported["employee_id"].tolist() == ["HONORER-7"]
    assert ["kursus", "nipBaru", 1, "no_nip"] in records.missing.to_numpy().tolist()


def test_the_data_file_is_whole() -> None:
    """Every form has its interface, every code its name, every empty field a reason, every entry its source."""
    data = tomllib.loads(files("karier_reco").joinpath("data/siasn.toml").read_text(encoding="utf-8"))
    rules = {entry["name"]: entry for entry in (*data["interface"], *data["rule"])}
    for entry in rules.values():
        assert set(entry) >= {"name", "rule", "value", "valid_from", "source", "confidence"}
        assert entry["confidence"] in "ABCM"
    assert set(rules["interface"]["value"]) == set(forms())
    assert {form.siasn_code for form in forms().values()} - {""} == set(rules["kind"]["value"])
    assert set(rules["certificate"]["value"]) <= set(forms())
    fields = [*rules["kursus"]["value"], *rules["diklat"]["value"]]
    assert {f"siasn.why.{field['why']}" for field in fields} == {k for k in catalogue() if k.startswith("siasn.why.")}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_the_files_by_hand(example: SiasnRecords, tmp_path: Path) -> None:
    """The files of the interfaces hold their fields alone; a NIP is written digit by digit."""
    folder = write_siasn(example, tmp_path / "out")
    names = ["diklat.csv", "exported.csv", "kursus.csv", "left_out.csv", "missing.csv", "siasn.json"]
    assert list(contents(folder)) == names
    kursus = cells(folder / "kursus.csv")
    assert kursus[0] == KURSUS
    assert kursus[2] == ["", "", ANI, "3", "Diklat Teknis", "T", "Pelatihan Pengolahan Data",
                         "Pusat pelatihan (contoh)", "24", "", "2027", "01-03-2027", "03-03-2027", ""]  # fmt: skip
    assert cells(folder / "left_out.csv")[2][-1] == "Tidak hadir"
    assert '"synthetic": true' in (folder / "siasn.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "why"), [("id", "Kosong pada tabel"), ("en", "Empty in the tables")])
def test_reasons_are_said_in_the_language(tmp_path: Path, language: Language, why: str) -> None:
    """The officer reads a sentence, not a code; here the provider of a record is blank (a frame made by hand)."""
    records = siasn_records(load_example().with_tables(attendance=attendance(*ATTENDED)))
    missing = pd.DataFrame({"interface": ["kursus"], "field": ["namaKursus"], "rows": [1], "why": ["empty"]})
    object.__setattr__(records, "missing", missing)
    assert cells(write_siasn(records, tmp_path / "out", language=language) / "missing.csv")[1][-1] == why


def test_the_order_of_rows_leaves_no_trace(tmp_path: Path) -> None:
    """The same tables in another order of rows give the same bytes."""
    rows, data = attendance(*ATTENDED), load_example()
    straight = write_siasn(siasn_records(data.with_tables(attendance=rows)), tmp_path / "a")
    rng = np.random.default_rng(7)
    for _ in range(3):
        turned = {
            name: frame.iloc[rng.permutation(len(frame))] for name, frame in {**data.frames, "attendance": rows}.items()
        }
        mixed = siasn_records(Dataset.from_frames(turned, data.settings))
        assert contents(write_siasn(mixed, tmp_path / "b")) == contents(straight)


def test_hostile_text_is_text(tmp_path: Path) -> None:
    """Titles and providers come from the caller's tables: no cell begins a formula, and what is read is what was there.

    The reader takes an apostrophe before a formula off again; all else is the text of the table.
    """
    frames = cities.frames()
    frames["courses"] = frames["courses"].assign(title=HOSTILE, provider="@SUM(1+1)*cmd|' /C calc'!A0")
    people = [(nip, "S1", "passed") for nip in cities.NIPS.values()]
    data = Dataset.from_frames(frames | {"attendance": attendance(*people)}, cities.settings())
    folder = write_siasn(siasn_records(data), tmp_path / "out")
    for path in folder.glob("*.csv"):
        for row in cells(path):
            assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    first = dict(zip(KURSUS, cells(folder / "kursus.csv")[1], strict=True))
    assert first["namaKursus"] == "'" + HOSTILE
    assert first["institusiPenyelenggara"] == "'@SUM(1+1)*cmd|' /C calc'!A0"


def test_masked_files_hold_no_nip(tmp_path: Path) -> None:
    """No file has a NIP, and two people whose numbers end alike are still two."""
    alike = "208405052109052001"
    employees = load_example().employees
    more = employees[employees["employee_id"] == ANI].assign(employee_id=alike, gender="P", birth_date="2084-05-05")
    everybody = pd.concat([employees.astype({"birth_date": "str"}), more], ignore_index=True)
    rows = attendance(*ATTENDED, (alike, "S-DATA-1", "absent"), (alike, "S-COACH", "passed"))
    data = load_example().with_tables(employees=everybody.drop(columns="appointed_on"), attendance=rows)
    folder = write_siasn(siasn_records(data), tmp_path / "out", masked=True)
    for name, text in contents(folder).items():
        assert name == "siasn.json" or not re.search(rb"\d{9}", text), name
    nips = [row[KURSUS.index("nipBaru")] for row in cells(folder / "kursus.csv")[1:]]
    assert nips == ["…001", "…001", "…001 (2)", "…007"]


def test_what_we_did_not_write_is_never_deleted(example: SiasnRecords, tmp_path: Path) -> None:
    """A file of others, a manifest of others, a record that an officer completed by hand: it is refused, and stays."""
    folder = write_siasn(example, tmp_path / "out")
    again = contents(write_siasn(example, folder))
    for name, text in (("letter.txt", b"keep"), ("kursus.csv", again["kursus.csv"] + b"\n")):
        (folder / name).write_bytes(text)
        before = contents(folder)
        with pytest.raises(SettingsError, match=rf"out: got '{name}', which no export for SIASN wrote"):
            write_siasn(example, folder)
        assert contents(folder) == before
        (folder / name).unlink()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "siasn.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"'siasn\.json'"):
        write_siasn(example, foreign)


def test_a_failed_write_leaves_the_last_export(
    example: SiasnRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full while the new files are written: the old folder stands, and nothing lies beside it."""
    folder = write_siasn(example, tmp_path / "out")
    before = contents(folder)

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("karier_reco.report.siasn.csv_text", fail)
    with pytest.raises(OSError, match="No space"):
        write_siasn(example, folder, masked=True)
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
