"""Whatever a file holds, the readers give tables or an error of ours: a sample of what `make measure` does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.harness import SEEDED, WAYS, seeds


@pytest.mark.parametrize("way", WAYS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2_000))
def test_bytes_at_random_are_refused_in_our_words(way: str, data: bytes, tmp_path: Path) -> None:
    """No file crashes a reader: not one that is nothing at all."""
    WAYS[way](data, tmp_path)


@pytest.mark.parametrize("way", SEEDED)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=8), data=st.data())
def test_a_sound_file_with_some_bytes_changed_is_read_or_refused(
    way: str, cut: float, flips: list[tuple[float, int]], data: st.DataObject, tmp_path: Path
) -> None:
    """Cut off at any place, or with bytes flipped anywhere, as a bad disk or a broken download leaves it."""
    content = bytearray(seeds()[way])
    for place, flip in flips:
        content[min(int(place * len(content)), len(content) - 1)] ^= flip
    keep = len(content) if data.draw(st.booleans()) else int(cut * len(content))
    WAYS[way](bytes([0]) + bytes(content[:keep]), tmp_path)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
TEXTS |= st.sampled_from(["1.500", "03/04/2027", "=1+1", "U1", "NaN", "9" * 400])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(TEXTS | st.sampled_from(["1.500", "03/04/2027", "=1+1", "U1", "NaN", "9" * 400]), max_size=6)
    ),
    separator=st.sampled_from(",;\t"),
    chosen=st.integers(0, 2),
)
def test_a_table_of_any_texts_is_read_or_refused(
    rows: list[list[str]], separator: str, chosen: int, tmp_path: Path
) -> None:
    """Any texts under any headings, under every declared way of writing."""
    lines = ["Kode unit" + separator + "Nama unit", *(separator.join(row) for row in rows)]
    WAYS["csv"](bytes([chosen]) + "\n".join(lines).encode(), tmp_path)
