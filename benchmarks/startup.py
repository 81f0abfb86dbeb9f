"""Seconds until something happens, each in fresh processes: best of several, one JSON line per case.

import         ``import karier_reco``; to stay under 0.3 s
import pandas  what any library on tables pays, as a peer
help           ``karier-reco --help``; to stay under 0.5 s
example        the shipped example planned and written, once compiled; to stay under 5 s
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = "from karier_reco.cli import main; main()"


def best(times: int, code: str, *args: str) -> float:
    """Return the seconds of the fastest of several processes that run the code; one more goes before, unmeasured."""
    seconds = []
    for _ in range(times + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, *args], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5, help="processes per case")
    parser.add_argument("--reference", help="folder of reference data; not needed here")
    times = parser.parse_args().times
    empty = best(times, "pass")
    with tempfile.TemporaryDirectory() as place:
        example = str(Path(place, "example"))
        subprocess.run([sys.executable, "-c", COMMAND, "example", example], check=True, stdout=subprocess.DEVNULL)
        plan = ("plan", example, "--year", "2027", "--out", str(Path(place, "plan")))
        cases = {
            "import": (best(times, "import karier_reco") - empty, 0.3),
            "import pandas": (best(times, "import pandas") - empty, None),
            "help": (best(times, COMMAND, "--help"), 0.5),
            "example": (best(times, COMMAND, *plan), 5.0),
        }
    for case, (seconds, limit) in cases.items():
        print(json.dumps({"benchmark": "startup", "case": case, "seconds": round(seconds, 3), "limit": limit}))


if __name__ == "__main__":
    main()
