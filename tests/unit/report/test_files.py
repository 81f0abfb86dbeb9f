"""The plan folder: the same bytes, whole or not at all, read back, every change found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from karier_reco.errors import SettingsError, VerificationError
from karier_reco.report import check_folder, files, read_plan, write_plan
from karier_reco.report.cells import csv_text, kinds_of, read_table
from tests.unit.report.plans import FEE, HOSTILE, OPENING, P1, P2, P3, TOTAL, TRAVEL, frame, hostile_plan, tiny_plan


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by its path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny plan; tests only read it."""
    return write_plan(tiny_plan(), tmp_path_factory.mktemp("plans") / "out")


def test_the_folder_holds_what_the_contract_names(written: Path) -> None:
    """Other systems open these files by name."""
    tables = "people gaps sessions budgets units courses competencies mandates left_out problems"
    top = {"plan.xlsx", "plan.html", "enrolments.csv", "waiting.csv", "candidates.csv", "closures.csv"}
    expected = top | {"certificate.json", "problem.npz"} | {f"tables/{name}.csv" for name in tables.split()}
    assert set(contents(written)) == expected


def test_the_same_plan_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    """No clock, no path, no order of sets may reach a file: a second writing elsewhere is equal byte for byte."""
    again = write_plan(tiny_plan(), tmp_path / "elsewhere" / "other")
    assert contents(again) == contents(written)


def test_a_plan_read_back_writes_the_same_bytes(written: Path, tmp_path: Path) -> None:
    """Nothing of a plan is lost in its folder: writing what was read gives the folder again."""
    assert contents(write_plan(read_plan(written), tmp_path / "out")) == contents(written)


def test_the_order_of_rows_leaves_no_trace(written: Path, tmp_path: Path) -> None:
    """Files are in key order: a plan whose frames stand in another order gives the same bytes.

    The candidates are turned round; ``order`` says in which row each seat of the problem stands.
    """
    plan = tiny_plan()
    shuffled = {name: getattr(plan, name)[::-1].reset_index(drop=True) for name in files.KEYS}
    allocation = plan.allocation.over(np.array([4, 3, 2, 1, 0]))
    turned = replace(plan, **shuffled, allocation=allocation, granted=allocation.granted)
    assert contents(write_plan(turned, tmp_path / "out")) == contents(written)


def test_frames_come_back_as_they_were(written: Path) -> None:
    """Values and dtypes survive: text, Int64 with gaps, dates with NaT, floats, flags."""
    plan, back = tiny_plan(), read_plan(written)
    for name, key in files.KEYS.items():
        expected = getattr(plan, name).sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(getattr(back, name), expected)
    assert back.problems == plan.problems
    assert (back.settings, back.limits, back.as_of) == (plan.settings, plan.limits, plan.as_of)


def test_the_problem_comes_back(written: Path) -> None:
    """The arrays say the same: groups, requirements, sparse parts, names; so the bound can be recomputed."""
    ours, back = tiny_plan().allocation.problem, read_plan(written).allocation.problem
    assert [g.tolist() for g in back.exclusive] == [g.tolist() for g in ours.exclusive] == [[0, 2]]
    assert [(s, g.tolist()) for s, g in back.requires] == [(2, [1])]
    assert back.need_gain is not None
    assert back.need_gain.toarray().tolist() == ours.need_gain.toarray().tolist()
    assert back.names == dict(ours.names)
    assert back.max_sessions is not None
    assert back.max_sessions.dtype == ours.max_sessions.dtype


def test_an_empty_plan_is_written_and_checked(tmp_path: Path) -> None:
    """Nobody may be seated: the folder stands, every sum is 0 and the empty plan verifies.

    With every seat granted to nobody the value is 0; the bound stays 4.0, so the plan is only feasible.
    """
    plan = tiny_plan()
    nobody = np.zeros(5, dtype=bool)
    allocation = replace(
        plan.allocation, granted=nobody, opened=np.zeros(3, bool), value=0.0, status="feasible", stopped_by="time"
    )
    sessions = plan.sessions.assign(seats=0, cost=0, status=pd.Series(["closed"] * 3, dtype="str"))
    budgets = plan.budgets.assign(used=0, left=plan.budgets["amount"])
    empty = replace(plan, allocation=allocation, granted=nobody, sessions=sessions, budgets=budgets)
    checked = check_folder(write_plan(empty, tmp_path / "out"))
    assert (checked.verification.value, len(checked.plan.enrolments)) == (0.0, 0)


def spoil(folder: Path, file: str, *, missing: bool) -> None:
    path = folder / file
    if missing:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize("file", ["candidates.csv", "problem.npz", "tables/gaps.csv"])
@pytest.mark.parametrize("missing", [True, False])
def test_a_changed_or_missing_file_is_named(tmp_path: Path, file: str, missing: bool) -> None:
    """The certificate holds the fingerprint of every other file."""
    folder = write_plan(tiny_plan(), tmp_path / "out")
    spoil(folder, file, missing=missing)
    with pytest.raises(VerificationError, match=f"got {file} missing or other") as caught:
        read_plan(folder)
    assert caught.value.broken == (file,)


@pytest.mark.parametrize("file", ["plan.html", "plan.xlsx"])
@pytest.mark.parametrize("missing", [True, False])
def test_a_document_saved_again_is_reported_by_the_check_only(tmp_path: Path, file: str, missing: bool) -> None:
    """Officers open the workbook and save it: the plan can still be read, and the check says what is not as written."""
    folder = write_plan(tiny_plan(), tmp_path / "out")
    spoil(folder, file, missing=missing)
    assert read_plan(folder).allocation.value == 4.0
    with pytest.raises(VerificationError, match=f"{file}: got another file") as caught:
        check_folder(folder)
    assert len(caught.value.broken) == 1


def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    """Text that is no JSON, a list that leaves a file out, a name that leads elsewhere: each is refused."""
    folder = write_plan(tiny_plan(), tmp_path / "out")
    path = folder / "certificate.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    shorter = {k: v for k, v in facts["hashes"]["files"].items() if k != "closures.csv"}
    outside = {**facts["hashes"]["files"], "../../secret": "0" * 64}
    for text in (
        "{",
        "[]",
        *(json.dumps({**facts, "hashes": {"tables": {}, "files": listed}}) for listed in (shorter, outside)),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(VerificationError, match=r"certificate\.json"):
            read_plan(folder)


def test_a_folder_without_certificate_is_no_plan(tmp_path: Path) -> None:
    """The message says what a plan folder is."""
    with pytest.raises(SettingsError, match="got no certificate"):
        read_plan(tmp_path)


def test_foreign_files_are_never_deleted(tmp_path: Path) -> None:
    """A folder of other files, a plan folder with a file of the officer's own, and a file are refused, untouched."""
    other = tmp_path / "documents"
    other.mkdir()
    (other / "letter.txt").write_text("keep me")
    plan = write_plan(tiny_plan(), tmp_path / "out")
    (plan / "signed.pdf").write_text("keep me")
    lone = tmp_path / "file"
    lone.write_text("keep me")
    for place, name in ((other, "'letter.txt'"), (plan, "'signed.pdf'"), (lone, "a file")):
        before = contents(tmp_path)
        with pytest.raises(SettingsError, match=f"got {name}"):
            write_plan(tiny_plan(), place)
        assert contents(tmp_path) == before


@pytest.mark.parametrize("step", ["write_workbook", "page", "rename"])
def test_a_failed_write_leaves_the_last_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Disk full in the workbook, in the page or at the last rename: the old folder stands, nothing lies beside it."""
    folder = write_plan(tiny_plan(), tmp_path / "out", language="id")
    before = contents(tmp_path)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    if step == "rename":
        rename = Path.rename
        monkeypatch.setattr(Path, "rename", lambda p, to: fail() if p.name.endswith(".writing") else rename(p, to))
    else:
        module = {"write_workbook": "workbook", "page": "page"}[step]
        monkeypatch.setattr(f"karier_reco.report.{module}.{step}", fail)
    with pytest.raises(OSError, match="No space"):
        write_plan(tiny_plan(), folder, language="en")
    assert contents(tmp_path) == before


def test_a_write_killed_between_its_renames_is_healed(tmp_path: Path) -> None:
    """Such a kill leaves the last plan under its side name and a finished draft: reading puts it back."""
    folder = write_plan(tiny_plan(), tmp_path / "out")
    before = contents(folder)
    folder.rename(tmp_path / ".out.previous")
    (tmp_path / ".out.writing").mkdir()
    assert read_plan(folder).allocation.value == 4.0
    assert contents(folder) == before
    write_plan(tiny_plan(), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_money_that_differs_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """One rupiah too much in a session, one too little on the overall line: both are named, with the sum expected."""
    assert FEE + TRAVEL + OPENING == TOTAL
    plan = tiny_plan()
    plan.sessions.loc[0, "cost"] += 1
    plan.budgets.loc[3, "used"] -= 1
    with pytest.raises(VerificationError) as caught:
        write_plan(plan, tmp_path / "out")
    assert caught.value.broken == (
        "sessions[S1].cost: got 1500001; expected 1500000",
        "sessions.cost, sum: got 4250001; expected 4250000",
        "budgets[total].used: got 4249999; expected 4250000",
    )
    assert not list(tmp_path.iterdir())


def test_an_unknown_language_is_refused_first(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(SettingsError, match="'fr'"):
        write_plan(tiny_plan(), tmp_path / "out", language="fr")  # type: ignore[arg-type]  # that is the point
    assert not list(tmp_path.iterdir())


def test_a_masked_folder_holds_no_number_and_no_name(tmp_path: Path) -> None:
    """Searched in the bytes of every file, the workbook and the arrays unpacked; and it verifies like any other."""
    folder = write_plan(tiny_plan(), tmp_path / "out", masked=True)
    from zipfile import ZipFile

    found = {name: data for name, data in contents(folder).items() if not name.endswith(("xlsx", "npz"))}
    for archive in ("plan.xlsx", "problem.npz"):
        with ZipFile(folder / archive) as opened:
            found |= {f"{archive}/{name}": opened.read(name) for name in opened.namelist()}
    for secret in (P1, P2, P3, "Ani Rahma", "Budi", "Citra"):
        assert [name for name, data in found.items() if secret.encode() in data] == []
    assert check_folder(folder).plan.people["employee_id"].tolist() == ["…005", "…007", "…012"]


def test_the_page_holds_no_number_and_no_name(written: Path) -> None:
    """The page is for many eyes: a NIP shows as its last three digits, whether or not the folder is masked."""
    text = (written / "plan.html").read_text(encoding="utf-8")
    assert [secret for secret in (P1, P2, P3, "Ani Rahma", "Budi", "Citra") if secret in text] == []
    assert "…012" in text


def test_people_left_out_by_the_settings_are_not_named(tmp_path: Path) -> None:
    """The certificate shows the settings, and these may name people: only their last three digits are written."""
    settings = replace(tiny_plan().settings, exclude={"employee_id": ("208901012111011999",)})
    folder = write_plan(replace(tiny_plan(), settings=settings), tmp_path / "out")
    assert json.loads((folder / "certificate.json").read_bytes())["settings"]["exclude"] == {"employee_id": ["…999"]}
    assert [name for name, data in contents(folder).items() if b"208901012111011999" in data] == []


def test_hostile_text_survives_in_the_tables(tmp_path: Path) -> None:
    """Formulas are disarmed in the files and come back as they were; the plan still checks."""
    plan = hostile_plan()
    back = check_folder(write_plan(plan, tmp_path / "out")).plan
    assert back.people["name"].tolist() == plan.people["name"].tolist()
    assert back.problems == plan.problems
    for name, data in contents(tmp_path / "out").items():
        if name.endswith(".csv"):
            assert HOSTILE.encode() not in data.replace(b"'" + HOSTILE.encode(), b"")


def test_texts_that_look_like_escaped_ones_come_back(tmp_path: Path) -> None:
    """Each of these is another text; none may become another's equal."""
    texts = [
        "=1",
        "'=1",
        "''=1",
        "'a",
        "'",
        "",
        "+",
        "-1",
        "@x",
        "\tx",
        "\rx",
        'a"b',
        "a,b",
        "a\nb",
        "a\rb",
        "…",
        "\x00",
    ]
    given = frame("text more", *((text, "x") for text in texts))
    path = tmp_path / "texts.csv"
    path.write_bytes(csv_text(given).encode())
    assert read_table(path, kinds_of(given))["text"].tolist() == texts
    assert [line for line in path.read_bytes().decode().split("\n") if line[:1] in ("=", "+", "-", "@")] == []


FORGED = {
    "value": ("candidates", lambda f: f.assign(value=f["value"] + 0.1), "candidates.csv row 2, value: got 1.5"),
    "jp": ("candidates", lambda f: f.assign(jp=f["jp"] + 1), "candidates.csv row 2, jp: got 11"),
    "closures": ("closures", lambda f: f.iloc[1:], "candidates.csv row 2, closures: got 1.4; expected 0.0"),
    "weight": (
        "closures",
        lambda f: f.assign(weight=f["weight"] + 1),
        "closures.csv row 2, value: got 1.4; expected 2.0",
    ),
    "stray": (
        "closures",
        lambda f: f.assign(session_id=f["session_id"].replace("S3", "S9")),
        "got closures of 1 seats",
    ),
    "session": (
        "candidates",
        lambda f: f.assign(session_id=f["session_id"].replace("S2", "S3")),
        "row 3, session_id: got 'S3'; expected 'S2'",
    ),
    "person": ("candidates", lambda f: f.assign(employee_id=f["employee_id"].replace(P3, P2)), "other persons"),
    "rows": ("candidates", lambda f: f.iloc[:4], "candidates.csv: got 4 rows; expected 5"),
    "amount": ("budgets", lambda f: f.assign(amount=f["amount"] + 1), "budgets.csv, fee, amount: got 3000001"),
    "used": (
        "budgets",
        lambda f: f.assign(used=f["used"] - (f["budget_id"] == "fee")),
        "budgets.csv, fee, used: got 999999",
    ),
}


@pytest.mark.parametrize("kind", FORGED)
def test_tables_that_do_not_agree_with_the_arrays_are_found(
    written: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who changes a table and mends its fingerprint is found all the same: the arrays say otherwise."""
    name, change, expected = FORGED[kind]
    plan = read_plan(written)
    forged = replace(plan, **{name: change(getattr(plan, name)).reset_index(drop=True)})
    monkeypatch.setattr("karier_reco.report.check.read_plan", lambda _: forged)
    with pytest.raises(VerificationError) as caught:
        check_folder(written)
    assert [text for text in caught.value.broken if expected in text]


def test_seats_that_differ_from_the_sessions_are_found(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S2 is free, so a wrong count there leaves the money as it is: only counting the seats finds it."""
    plan = read_plan(written)
    forged = replace(plan, sessions=plan.sessions.assign(seats=plan.sessions["seats"] + [0, 1, 0]))
    monkeypatch.setattr("karier_reco.report.check.read_plan", lambda _: forged)
    with pytest.raises(VerificationError, match="S2, seats: got 2; expected 1"):
        check_folder(written)
