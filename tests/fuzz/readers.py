"""An hour of chance, led by coverage, for the readers of files; one JSON line at the end.

    python tests/fuzz/readers.py --seconds 3600

Every input is tables or an error of ours. Any other exception, a crash, 10 seconds or 2 GiB for one input ends the run
with exit code 1, and the input that did it is kept.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Start the search in a process of its own, as a crash of a reader ends it, and tell how it went."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--search", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.search is not None:
        search(Path(asked.search[0]), asked.search)
        return 0
    place = Path(tempfile.mkdtemp(prefix="karier-fuzz-"))
    write_seeds(place / "corpus")
    limits = [f"-max_total_time={asked.seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=60000", "-seed=1"]
    command = [
        sys.executable,
        __file__,
        "--search",
        str(place),
        *limits,
        f"-artifact_prefix={place}/",
        str(place / "corpus"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    runs = re.findall(r"Done (\d+) runs? in (\d+) second|#(\d+)\s", done.stderr)
    covered = re.findall(r"cov: (\d+)", done.stderr)
    kept = sorted(str(path) for path in place.iterdir() if re.match(r"(crash|timeout|oom|leak)-", path.name))
    line = {
        "case": "fuzz readers",
        "seconds": asked.seconds,
        "inputs": int(next(filter(None, runs[-1]), 0)) if runs else 0,
        "branches": int(covered[-1]) if covered else 0,
        "faults": kept,
    }
    print(json.dumps(line))
    if done.returncode or kept:
        print(done.stderr[-6000:], file=sys.stderr)
        return 1
    return 0


def write_seeds(corpus: Path) -> None:
    from tests.fuzz.harness import WAYS, seeds

    corpus.mkdir(parents=True)
    for way, name in enumerate(WAYS):
        ending = name.rpartition(" ")[2]
        content = seeds().get(ending, seeds()["xlsx"])
        content = b"\x01\x01<c" if name.startswith("part") else content
        for chosen in range(3):
            (corpus / f"{way}-{chosen}").write_bytes(bytes([way, chosen]) + content)


def search(place: Path, arguments: list[str]) -> None:
    """Search until the time is up; this does not return."""
    import atheris

    with atheris.instrument_imports(include=["karier_reco.loading", "karier_reco.checking"]):
        from tests.fuzz.harness import one

    def test(data: bytes) -> None:
        one(data, place)

    atheris.Setup([__file__, *arguments[1:]], test)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
