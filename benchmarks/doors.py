"""Load and check a workbook of 200,000 rows, beside other ways in; one JSON line per case.

Run ``python benchmarks/doors.py [--rows 200000]``. The tables are those of a synthetic city from
``datasets/generate.py`` with seed 2027 that has at least so many rows in all; each case is one fresh process. Seconds
are wall time, ``peak_mib`` is the high-water mark of that process. ``reader`` is the part that opens the file and makes
text of it; the peers, pandas with calamine and with openpyxl, read every sheet as text and check nothing. ``ratio_…``
is the peer's seconds over the reader's. ``told`` counts the messages of progress.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
#: Rows that the generated city has for each of its people, rounded down.
ROWS_A_PERSON = 11
PEERS = ("calamine", "openpyxl")


def main() -> None:
    """Make the city, write it through each door, and start a process for every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--reference", help="not used: this benchmark makes its own data")
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        case, place = options.case[0], Path(options.case[1])
        begin, _, people = case.partition(" ")
        print(json.dumps(write(place, int(people)) if begin == "write" else CASES[case](place)))
        return
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run(f"write {options.rows // ROWS_A_PERSON}", place)  # a process keeps the high-water mark of the one above it
        lines = {case: run(case, place) for case in CASES}
        for peer in PEERS:
            lines["reader"][f"ratio_{peer}"] = round(lines[peer]["seconds"] / lines["reader"]["seconds"], 1)
        for case, line in lines.items():
            print(json.dumps({"case": case, **line}), flush=True)


def write(place: Path, people: int) -> dict[str, object]:
    """Write the city as CSV, as a workbook and as Parquet."""
    from karier_reco.loading import load
    from tests.doors import arrow, given, write_workbook

    command = [sys.executable, str(HERE.parent / "datasets" / "generate.py"), "--people", str(people), "--seed", "2027"]
    subprocess.run([*command, "--out", str(place / "csv")], check=True, stdout=subprocess.DEVNULL)
    tables = given(load(place / "csv"))
    write_workbook(tables, place / "city.xlsx")
    import pyarrow.parquet

    (place / "parquet").mkdir()
    for name, frame in tables.items():
        pyarrow.parquet.write_table(arrow(frame), place / "parquet" / f"{name}.parquet")
    return {"people": people}


def run(case: str, place: Path) -> dict[str, object]:
    """Run one case in a process of its own."""
    command = [sys.executable, __file__, "--case", case, str(place)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def timed(work: Callable[[], dict[str, object]]) -> dict[str, object]:
    """Do a case; return its figures and what the process held at most."""
    start = time.perf_counter()
    facts = work()
    seconds = round(time.perf_counter() - start, 2)
    return {"seconds": seconds, "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), **facts}


def load_from(place: Path, source: str) -> dict[str, object]:
    """Load and check, with progress told."""
    import karier_reco as kr

    told: list[str] = []
    settings = kr.Settings(synthetic=True)

    def work() -> dict[str, object]:
        data = kr.load(place / source, settings, on_progress=lambda name, done, of: told.append(name))
        return {"rows": sum(map(len, data.frames.values())), "warnings": len(data.problems)}

    return {**timed(work), "told": len(told)}


def reader(place: Path) -> dict[str, object]:
    """Open the workbook and make text of it, nothing else."""
    from karier_reco.loading.workbook import read_workbook
    from karier_reco.settings import Settings

    return timed(lambda: {"rows": sum(map(len, read_workbook(place / "city.xlsx", Settings()).sources.values()))})


def peer(place: Path, engine: str) -> dict[str, object]:
    """Read every sheet with pandas, as text."""
    import pandas as pd

    def work() -> dict[str, object]:
        sheets = pd.read_excel(place / "city.xlsx", sheet_name=None, dtype=str, keep_default_na=False, engine=engine)
        return {"rows": sum(map(len, sheets.values()))}

    return timed(work)


CASES = {
    "workbook": lambda place: load_from(place, "city.xlsx"),
    "csv": lambda place: load_from(place, "csv"),
    "parquet": lambda place: load_from(place, "parquet"),
    "reader": reader,
    "calamine": lambda place: peer(place, "calamine"),
    "openpyxl": lambda place: peer(place, "openpyxl"),
}


if __name__ == "__main__":
    main()
