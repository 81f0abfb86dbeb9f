"""What an error about the tables carries along: everything that could be read."""

from __future__ import annotations

import pandas as pd
import pytest

from karier_reco.dataset import Dataset
from karier_reco.errors import DataError
from tests import cities


def test_an_error_has_the_tables_with_refused_cells_empty() -> None:
    """Four wrong cells of three kinds are empty, their neighbours stay; the other tables are whole and typed."""
    frames = cities.frames()
    frames["standards"].loc[0, "level"] = "9"  # out of bounds
    frames["sessions"].loc[0, "starts_on"] = "31/13/2027"  # no day
    frames["employees"].loc[[0, 1], "unit_id"] = ["", "  "]  # not filled in
    good = cities.city()
    with pytest.raises(DataError) as caught:
        Dataset.from_frames(frames, good.settings)
    read = caught.value.frames
    assert list(read) == [name for name in good.frames if name in frames]
    assert pd.isna(read["standards"]["level"][0])
    assert read["standards"]["level"][1:].tolist() == good.standards["level"][1:].tolist()
    assert pd.isna(read["sessions"]["starts_on"][0])
    assert read["employees"]["unit_id"].tolist() == ["", "", *good.employees["unit_id"][2:]]
    pd.testing.assert_frame_equal(read["courses"], good.courses, check_dtype=False)


def test_a_table_that_is_not_there_is_not_made_up() -> None:
    """A missing table is a problem and no frame; a needed column that is missing is empty."""
    frames = cities.frames()
    del frames["roles"]
    frames["units"] = frames["units"].drop(columns="name")
    with pytest.raises(DataError) as caught:
        Dataset.from_frames(frames, cities.city().settings)
    assert "roles" not in caught.value.frames
    assert set(caught.value.frames["units"]["name"]) == {""}
    assert DataError([]).frames == {}
