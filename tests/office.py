"""LibreOffice without a window: what a file becomes when an officer opens it and saves it in another format."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

#: Takes a file and an ending such as "ods"; returns the file that LibreOffice saved.
Office = Callable[[Path, str], Path]
#: Filters that must be named because the ending alone means an older or another form.
_FILTERS = {"xlsx": "xlsx:Calc MS Excel 2007 XML", "xls": "xls:MS Excel 97", "ods": "ods:calc8"}


def converter(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Return what converts a file: ``soffice(path, "ods")``; each run of the tests has a profile of its own.

    Without LibreOffice the test is skipped; where ``CI=true`` it fails, so that no door goes untested unseen.
    """
    program = shutil.which("soffice")
    if program is None:
        reason = "needs LibreOffice: install the program soffice (apt-get install libreoffice-calc)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    profile = tmp_path_factory.mktemp("office") / "profile"

    def convert(path: Path, ending: str) -> Path:
        folder = tmp_path_factory.mktemp("saved")
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", _FILTERS.get(ending, ending), "--outdir", str(folder), str(path)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
        saved = folder / f"{path.stem}.{ending}"
        assert saved.is_file(), f"soffice: got no {saved.name}; it said {said.stdout} {said.stderr}"
        return saved

    return convert
