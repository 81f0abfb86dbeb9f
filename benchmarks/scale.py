"""Load, check, find gaps and recommend for a synthetic city of 50,000; one JSON line per stage.

Run ``python benchmarks/scale.py [--people 50000]``. The city comes from ``datasets/generate.py`` with seed 2027. Seconds are wall
time of one fresh process, ``peak_mib`` is that process's high-water mark after the stage. Recommending is measured
beside a peer in the same run: scikit-learn's ``NearestNeighbors`` (cosine, brute force) over the same rows of level steps, on
``--peer-people`` of them, in seconds per 1,000 people; the peer only ranks, it neither re-scores nor explains.
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
    parser.add_argument("--peer-people", type=int, default=2_000)
    parser.add_argument("--reference", help="not used: this benchmark makes its own data")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE.parent / "datasets" / "generate.py"), "--people", str(options.people)]
        subprocess.run([*command, "--seed", "2027", "--out", folder], check=True, stdout=subprocess.DEVNULL)
        measure(folder, options.peer_people)


def measure(folder: str, peer_people: int) -> None:
    """Time load, gaps and recommend, then the peer."""
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
    peer = neighbours(gaps, data, peer_people)
    per_thousand = 1000 * ours / len(data.people)
    line("peer: NearestNeighbors", peer, per_1000_people=round(peer / peer_people * 1000, 3))
    line("ours", ours, per_1000_people=round(per_thousand, 3), ratio=round(peer / peer_people * 1000 / per_thousand, 2))


def neighbours(gaps: object, data: object, count: int) -> float:
    """Return the seconds that cosine neighbours take for the first ``count`` people."""
    from sklearn.neighbors import NearestNeighbors

    from karier_reco.levels import people_of, teaching
    from karier_reco.recommender import step_rows

    people, courses = people_of(gaps, data, AS_OF), teaching(data)  # type: ignore[arg-type]  # a script's own frames
    steps, taught = step_rows(people, courses, 0, count)
    start = time.perf_counter()
    NearestNeighbors(n_neighbors=20, metric="cosine", algorithm="brute").fit(taught.T).kneighbors(steps)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
