"""The folder for SIASN: records as CSV in the fields of its interfaces, and what is not in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from karier_reco.report.cells import csv_text
from karier_reco.report.folders import sha256, write_text, write_whole
from karier_reco.report.masking import masked_ids
from karier_reco.siasn import SiasnRecords
from karier_reco.texts import Language, text
from karier_reco.words import Words

MANIFEST = "siasn.json"


def write_siasn(records: SiasnRecords, folder: str | Path, masked: bool = False, language: Language = "id") -> Path:
    """Write the records as a folder and return its path.

    ``kursus.csv`` and ``diklat.csv`` have the fields of the interfaces alone, ``exported.csv`` says whose each record
    is, ``left_out.csv`` and ``missing.csv`` say in the language asked for what is not there and why, and
    ``siasn.json`` says whether the data is synthetic, with the SHA-256 of every other file. A NIP is text in every
    file; a spreadsheet must be told so when it opens them. The folder is built beside its place and put there whole.
    ``masked`` shows each NIP as its last three digits, in every file.

    Raises
    ------
    SettingsError
        For an unknown language, and where the folder holds what no such export wrote: nothing of it is ever deleted.
    """
    words = Words(language)
    shown = _masked(records) if masked else records
    frames = {
        "kursus.csv": shown.kursus,
        "diklat.csv": shown.diklat,
        "exported.csv": shown.exported,
        "left_out.csv": shown.left_out.assign(reason=[words.reason(code) for code in shown.left_out["reason"]]),
        "missing.csv": shown.missing.assign(why=[text(f"siasn.why.{code}", language) for code in shown.missing["why"]]),
    }

    def fill(draft: Path) -> None:
        for name, frame in frames.items():
            write_text(draft / name, csv_text(frame))
        facts = {
            "synthetic": records.synthetic,
            "masked": masked,
            "files": {name: sha256(draft / name) for name in frames},
        }
        write_text(draft / MANIFEST, json.dumps(facts, indent=2) + "\n")

    write_whole(Path(folder).absolute(), fill, _written_before, "export for SIASN")
    return Path(folder)


def _masked(records: SiasnRecords) -> SiasnRecords:
    ids = {*records.exported["employee_id"], *records.left_out["employee_id"]}
    masks = masked_ids(sorted(ids)) | {"": ""}
    return replace(
        records,
        kursus=records.kursus.assign(nipBaru=records.kursus["nipBaru"].map(masks)),
        exported=records.exported.assign(employee_id=records.exported["employee_id"].map(masks)),
        left_out=records.left_out.assign(employee_id=records.left_out["employee_id"].map(masks)),
    )


def _written_before(folder: Path) -> list[str]:
    """Return the manifest and the files that it lists as they are; one that somebody changed is no longer ours."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        same = [
            name for name, digest in listed.items() if (folder / name).is_file() and sha256(folder / name) == digest
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return [MANIFEST, *same]
