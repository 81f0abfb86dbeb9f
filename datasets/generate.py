"""Generate a made-up city: ``python datasets/generate.py --people 3600 --seed 2027 --out datasets/tanjungpinang``.

The same arguments give the same bytes. ``settings.toml``, which says that the tables are synthetic, is written beside
them where there is none; the data card of the demo city is written by hand.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from generator import city

SETTINGS = Path(__file__).parent / "content" / "settings.toml"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Generate a made-up city as a folder of CSV tables.")
    parser.add_argument("--people", type=int, default=3600, help="employees, before groups are left out")
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--exclude", default="", help=f"groups to leave out, by comma: {', '.join(city.GROUPS)}")
    parser.add_argument("--part-time", type=float, default=0.0, help="share of contract staff who are PPPK_PW, 0-1")
    given = parser.parse_args(arguments)
    left_out = [name for name in given.exclude.split(",") if name]
    for name in left_out:
        if name not in city.GROUPS:
            parser.error(f"--exclude: got {name!r}; expected names of {', '.join(city.GROUPS)}")
    if given.people < 1:
        parser.error(f"--people: got {given.people}; expected 1 or more")
    city.write(city.build(given.people, given.seed, left_out, given.part_time), given.out)
    settings = given.out / SETTINGS.name
    if not settings.exists():
        shutil.copyfile(SETTINGS, settings)


if __name__ == "__main__":
    main()
