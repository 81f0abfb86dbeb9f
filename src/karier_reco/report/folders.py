"""Files and folders written whole or not at all, that never take the place of somebody else's work."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from karier_reco.errors import SettingsError

#: Files that systems put into any folder; they are nobody's work.
DEBRIS = ("Thumbs.db", "desktop.ini", ".DS_Store")


def write_whole(target: Path, fill: Callable[[Path], None], ours: Callable[[Path], Collection[str]], what: str) -> None:
    """Fill a folder beside its place, then put it there: when that fails or is stopped, the last one stays as it was.

    ``ours`` gives the files, by relative path, that a folder already there may hold: those of an earlier writing. With
    any other file it is refused (SettingsError), for nothing that we did not write is ever deleted.
    """
    recover(target)
    _refuse_foreign(target, ours, what)
    draft = target.with_name(f".{target.name}.writing")
    _remove(draft)
    try:
        draft.mkdir(parents=True)
        fill(draft)
        _put(draft, target)
    finally:
        _remove(draft)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path beside a file's place to write to, then put it there: a stopped run leaves the last one as it was."""
    draft = path.with_name(f".{path.name}.writing")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def recover(target: Path) -> None:
    """Put the last folder back where a write was killed between its two renames."""
    if not target.exists() and _previous(target).is_dir():
        _previous(target).rename(target)


def write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "replace"))  # half a surrogate pair is no character: it shows as '?'


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_foreign(target: Path, ours: Callable[[Path], Collection[str]], what: str) -> None:
    """Refuse a place that holds anything but our own: a swap would delete it."""
    if not target.exists():
        return
    if not target.is_dir():
        raise _foreign(target.name, "a file", what)
    known = ours(target)
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if path.is_file() and name not in known and path.name not in DEBRIS:
            raise _foreign(target.name, f"{name!r}, which no {what} wrote", what)


def _foreign(folder: str, found: str, what: str) -> SettingsError:
    return SettingsError(
        f"{folder}: got {found}; expected a new folder, an empty one or a written {what}. "
        "Choose another folder, or move the file away.",
        name="folder",
        value=folder,
    )


def _put(draft: Path, target: Path) -> None:
    previous = _previous(target)
    if not target.exists():
        draft.rename(target)
        return
    _remove(previous)
    target.rename(previous)
    try:
        draft.rename(target)
    except BaseException:
        previous.rename(target)
        raise
    _remove(previous)


def _previous(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
