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

#: Seconds of one round: the search itself keeps some 8 kB of each input, which an hour would add up to 2 GiB.
ROUND = 600
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Search in rounds, and tell how it went."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--search", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.search is not None:
        search(Path(asked.search[0]), asked.search)
        return 0
    place = Path(tempfile.mkdtemp(prefix="karier-fuzz-"))
    write_seeds(place / "corpus")
    left, inputs, branches, said = asked.seconds, 0, 0, ""
    while left > 0 and not faults(place):
        said = search_for(min(left, ROUND), place)
        done, covered = re.findall(r"#(\d+)\s", said), re.findall(r"cov: (\d+)", said)
        inputs, branches = inputs + int(done[-1]) if done else inputs, max(branches, *map(int, covered), 0)
        left -= ROUND
    kept = faults(place)
    line = {"case": "fuzz readers", "seconds": asked.seconds, "inputs": inputs, "branches": branches, "faults": kept}
    print(json.dumps(line))
    if kept or not inputs:
        print(said[-6000:], file=sys.stderr)
        return 1
    return 0


def search_for(seconds: int, place: Path) -> str:
    """Search in a process of its own, as a crash of a reader ends it; return what it said."""
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=60000"]
    options = [*limits, f"-artifact_prefix={place}/", str(place / "corpus")]
    command = [sys.executable, __file__, "--search", str(place), *options]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode and not faults(place):
        raise SystemExit(f"search: got exit code {done.returncode}; expected 0.\n{done.stderr[-6000:]}")
    return done.stderr


def faults(place: Path) -> list[str]:
    return sorted(str(path) for path in place.iterdir() if re.match(r"(crash|timeout|oom|leak)-", path.name))


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
