"""The plan folder: written whole or not at all, the same bytes for the same plan, read back without anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from karier_reco.errors import Problem, SettingsError, VerificationError
from karier_reco.plan import TrainingPlan
from karier_reco.report.cells import csv_text, kinds_of, read_table
from karier_reco.report.folders import recover, sha256, write_text, write_whole
from karier_reco.report.masking import mask_plan
from karier_reco.report.money import check_money
from karier_reco.report.packing import FACTS, pack, unpack
from karier_reco.settings import Limits, Settings, as_plain, from_mapping
from karier_reco.texts import Language
from karier_reco.words import Words

CERTIFICATE = "certificate.json"
ARRAYS = "problem.npz"
#: What people open and may save again; the plan itself lies in the other files.
DOCUMENTS = ("plan.html", "plan.xlsx")
PROBLEMS = "tables/problems.csv"

#: Which frame of the plan lies in which file.
FRAMES = {
    "candidates.csv": "candidates",
    "closures.csv": "closures",
    "waiting.csv": "waiting",
    "tables/people.csv": "people",
    "tables/units.csv": "units",
    "tables/courses.csv": "courses",
    "tables/competencies.csv": "competencies",
    "tables/gaps.csv": "gaps",
    "tables/sessions.csv": "sessions",
    "tables/budgets.csv": "budgets",
    "tables/mandates.csv": "mandates",
    "tables/left_out.csv": "left_out",
}

#: What rows are sorted by, so that the order of the caller's rows leaves no trace.
KEYS = {
    "candidates": ["employee_id", "session_id"],
    "closures": ["employee_id", "session_id", "competency_id", "step"],
    "waiting": ["employee_id"],
    "people": ["employee_id"],
    "units": ["unit_id"],
    "courses": ["course_id"],
    "competencies": ["competency_id"],
    "gaps": ["employee_id", "competency_id", "purpose"],
    "sessions": ["session_id"],
    "budgets": ["budget_id"],
    "mandates": ["mandate_id", "employee_id"],
    "left_out": ["table", "reason"],
}


def write_plan(plan: TrainingPlan, folder: str | Path, language: Language = "id", masked: bool = False) -> Path:
    """Write the plan folder and return its path.

    The folder holds ``plan.xlsx`` and ``plan.html`` in the language asked for, ``enrolments.csv``, ``waiting.csv``,
    ``candidates.csv``, ``closures.csv``, the other tables in ``tables/``, ``problem.npz`` and ``certificate.json``
    with the SHA-256 of every other file. It is built beside its place and then put there whole: when writing fails
    or is stopped, the last plan stays as it was. ``masked`` leaves out names and shows each NIP as its last three
    digits, in every file.

    Raises
    ------
    SettingsError
        For an unknown language, and where the folder holds what no plan wrote: nothing of it is ever deleted.
    VerificationError
        When the plan's money does not add up to the rupiah.
    """
    words = Words(language)
    target = Path(folder).absolute()
    plan = _ready(plan)
    check_money(plan)
    shown = mask_plan(plan) if masked else plan
    write_whole(target, lambda draft: _write_files(shown, draft, words), _written_before, "plan")
    return Path(folder)


def _ready(plan: TrainingPlan) -> TrainingPlan:
    """Return the plan with every frame in key order (the problem's seats stand so already)."""
    frames = {
        name: getattr(plan, name).sort_values(key, kind="stable", ignore_index=True) for name, key in KEYS.items()
    }
    allocation = replace(plan.allocation, granted=plan.allocation.seats, order=None)
    return replace(plan, **frames, granted=allocation.granted, allocation=allocation)


def _write_files(plan: TrainingPlan, folder: Path, words: Words) -> None:
    from karier_reco.report.charts import figures
    from karier_reco.report.drawing import LIBRARIES, versions
    from karier_reco.report.page import page
    from karier_reco.report.workbook import write_workbook

    used = {name: number for name, number in plan.certificate["versions"].items() if name not in LIBRARIES}
    plan = replace(plan, certificate={**plan.certificate, "versions": {**used, **versions()}})
    (folder / "tables").mkdir()
    frames = {**{file: getattr(plan, name) for file, name in FRAMES.items()}, "enrolments.csv": plan.enrolments}
    frames[PROBLEMS] = _problem_frame(plan.problems)
    for file, frame in frames.items():
        write_text(folder / file, csv_text(frame))
    np.savez_compressed(folder / ARRAYS, allow_pickle=False, **pack(plan.allocation))
    write_workbook(plan, folder / "plan.xlsx", words)
    write_text(folder / "plan.html", page(plan, words, figures(plan, words)))
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = {
        **plan.certificate,
        **{name: getattr(plan.allocation, name) for name in FACTS},
        "optimality_gap": plan.allocation.optimality_gap,
        "year": plan.year,
        "as_of": plan.as_of.isoformat(),
        "settings": as_plain(plan.settings),
        "limits": as_plain(plan.limits),
        "hashes": {
            "tables": dict(plan.certificate["hashes"]),
            "files": {path.relative_to(folder).as_posix(): sha256(path) for path in written},
        },
        "columns": {file: kinds_of(frame) for file, frame in sorted(frames.items())},
    }
    write_text(folder / CERTIFICATE, json.dumps(facts, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def _problem_frame(problems: tuple[Problem, ...]) -> pd.DataFrame:
    """Return the problems as a table; ``facts``, pairs of text, as JSON."""
    frame = pd.DataFrame({f.name: [getattr(p, f.name) for p in problems] for f in fields(Problem)})
    frame["facts"] = [json.dumps(p.facts, ensure_ascii=False) for p in problems]
    texts = {f.name: "str" for f in fields(Problem) if f.name != "row"}
    return frame.fillna(dict.fromkeys(texts, "")).astype({**texts, "row": "Int64"})


def _written_before(folder: Path) -> list[str]:
    """Return the certificate and what it lists; nothing more without one that can be read."""
    try:
        return [CERTIFICATE, *json.loads((folder / CERTIFICATE).read_text(encoding="utf-8"))["hashes"]["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return [CERTIFICATE]


def read_plan(folder: str | Path) -> TrainingPlan:
    """Read a plan folder back: all that explaining and verifying a plan needs.

    A workbook or page that somebody saved again does not stand in the way; `check_folder` reports it.

    Raises
    ------
    SettingsError
        When the folder is no plan folder.
    VerificationError
        When a file is missing or is not the one that was written; ``broken`` names every such file.
    """
    place = Path(folder).absolute()
    recover(place)
    facts = _certificate(place)
    hashes = facts["hashes"]["files"]
    changed = list(changed_files(place, {file: hashes[file] for file in hashes if file not in DOCUMENTS}))
    if changed:
        raise VerificationError(
            f"{place.name}: got {', '.join(changed)} missing or other than written; expected the files of the "
            "certificate. Restore them, or write the plan again.",
            broken=changed,
        )
    frames = {name: read_table(place / file, facts["columns"][file]) for file, name in FRAMES.items()}
    problems = read_table(place / PROBLEMS, facts["columns"][PROBLEMS])
    with np.load(place / ARRAYS, allow_pickle=False) as arrays:
        allocation = unpack(arrays, facts)
    certificate = {name: fact for name, fact in facts.items() if name not in ("columns", "conflict")}
    return TrainingPlan(
        year=facts["year"],
        as_of=date.fromisoformat(facts["as_of"]),
        settings=from_mapping(Settings, facts["settings"], CERTIFICATE),
        limits=from_mapping(Limits, facts["limits"], CERTIFICATE),
        granted=allocation.granted,
        allocation=allocation,
        problems=tuple(_problems(problems)),
        certificate={**certificate, "hashes": facts["hashes"]["tables"]},
        **frames,
    )


def _certificate(place: Path) -> dict[str, Any]:
    path = place / CERTIFICATE
    if not path.is_file():
        raise SettingsError(
            f"{place.name}: got no {CERTIFICATE}; expected a folder that write_plan made. Name that folder.",
            name="folder",
            value=place.name,
        )
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        unsafe = [name for name in facts["hashes"]["files"] if not _inside(name)]
        missing = [name for name in (*FRAMES, PROBLEMS, ARRAYS) if name not in facts["hashes"]["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise VerificationError(
            f"{place.name}/{CERTIFICATE}: got text that is no certificate ({type(error).__name__}); expected JSON "
            "with hashes.files. Write the plan again.",
            broken=[CERTIFICATE],
        ) from error
    if unsafe or missing:
        raise VerificationError(
            f"{place.name}/{CERTIFICATE}, hashes.files: got {', '.join(unsafe) or 'no ' + ', no '.join(missing)}; "
            "expected every file of the folder and no other. Write the plan again.",
            broken=[CERTIFICATE],
        )
    return facts


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def changed_documents(folder: str | Path) -> list[str]:
    """Return the documents of a plan folder that are missing or not as written."""
    place = Path(folder).absolute()
    hashes = _certificate(place)["hashes"]["files"]
    return list(changed_files(place, {file: hashes[file] for file in DOCUMENTS if file in hashes}))


def changed_files(place: Path, hashes: Mapping[str, str]) -> Iterator[str]:
    """Give the files that are missing or whose SHA-256 is another."""
    for file, digest in sorted(hashes.items()):
        if not (place / file).is_file() or sha256(place / file) != digest:
            yield file


def _problems(frame: pd.DataFrame) -> Iterator[Problem]:
    for row in frame.to_dict("records"):
        given = {str(name): value for name, value in row.items()}
        given |= {"row": None if row["row"] is pd.NA else int(row["row"]), "column": row["column"] or None}
        yield Problem(**{**given, "facts": tuple((key, value) for key, value in json.loads(row["facts"]))})
