"""The command as the system starts it: pipes, encodings, and how little is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from karier_reco.cli import main; main()"]


def _start(*args: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    # The command starts no other program, and every argument is written here.
    return subprocess.run(
        [*COMMAND, *map(str, args)], env={**os.environ, **environment}, capture_output=True, check=False, timeout=100
    )


def test_a_pipe_gets_the_result_alone_in_utf8(city: Path) -> None:
    """Where the system says ASCII: UTF-8 all the same, no colour, no progress, nothing on standard error."""
    ran = _start("check", city, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode("utf-8").startswith("Tidak ada masalah pada 16 tabel")
    wrong = _start("explain", city, "208703122110011005", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    help_text = _start("--help", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert "0 selesai · 1 rencana" in " ".join(help_text.stdout.decode("utf-8").split())


def test_help_loads_nothing_heavy() -> None:
    """Help must not wait for pandas, rich or a solver: none of them is imported for it."""
    code = (
        "import sys\nfrom karier_reco.cli import main\n"
        "try: main(['plan', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('pandas', 'numpy', 'scipy', 'sklearn', 'highspy', 'rich', 'babel') if m in sys.modules])"
    )
    # The code is written above.
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.splitlines()[-1] == "[]"
