"""Load, check, find gaps and recommend for a synthetic city of 50,000; one JSON line per stage.

Run ``python benchmarks/scale.py [--people 50000]``. The city comes from ``datasets/generate.py`` with seed 2027.
Seconds are wall time of one fresh process, ``peak_mib`` is that process's high-water mark after the stage.

Retrieval, the part of recommending that has a peer, is measured beside it in the same run: the best 128 of the
catalogue by the product of level steps, against scikit-learn's ``NearestNeighbors`` (cosine, brute force) for as many
over the same rows. ``ratio`` is the peer's seconds over ours. The peer's answer is another one: cosine sees no levels.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
AS_OF = date(2026, 12, 31)


def line(case: str, seconds: float, **facts: object) -> None:
    """Print one case."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"case": case, "seconds": round(seconds, 2), "peak_mib": round(peak), **facts}), flush=True)


def main() -> None:
    """Generate the city, then time each stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--reference", help="not used: this benchmark makes its own data")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE.parent / "datasets" / "generate.py"), "--people", str(options.people)]
        subprocess.run([*command, "--seed", "2027", "--out", folder], check=True, stdout=subprocess.DEVNULL)
        measure(folder)


def measure(folder: str) -> None:
    """Time load, gaps and recommend, then retrieval beside its peer."""
    began = time.perf_counter()
    import karier_reco as kr

    line("import", time.perf_counter() - began)
    start = time.perf_counter()
    data = kr.load(folder)
    line("load and check", time.perf_counter() - start, rows=sum(map(len, data.frames.values())))
    start = time.perf_counter()
    gaps = kr.find_gaps(data, AS_OF)
    line("find_gaps", time.perf_counter() - start, rows=len(gaps))
    recommender = kr.CourseRecommender(top=20).fit(data)
    start = time.perf_counter()
    recommended = recommender.recommend(gaps, data, AS_OF)
    ours = time.perf_counter() - start
    line("recommend", ours, rows=len(recommended))
    line("total", time.perf_counter() - began, people=len(data.people))
    retrieval(gaps, data)


def retrieval(gaps: object, data: object) -> None:
    """Time the retrieval of everybody's best courses, ours and the peer's."""
    from sklearn.neighbors import NearestNeighbors

    from karier_reco.levels import people_of, teaching
    from karier_reco.recommender import FIRST, retrieve, step_rows

    people, courses = people_of(gaps, data, AS_OF), teaching(data)  # type: ignore[arg-type]  # a script's own frames
    steps, taught = step_rows(people, courses, 0, len(people.employee_id))
    start = time.perf_counter()
    retrieve(steps, taught, FIRST)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    NearestNeighbors(n_neighbors=FIRST, metric="cosine", algorithm="brute").fit(taught.T).kneighbors(steps)
    peer = time.perf_counter() - start
    line("retrieval", ours, peer="NearestNeighbors", peer_seconds=round(peer, 2), ratio=round(peer / ours, 1))


if __name__ == "__main__":
    main()
