"""What every recommender promises: scikit-learn's contract, and the same answer however it is run."""

from __future__ import annotations

from datetime import date
from functools import cache

import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from karier_reco.dataset import Dataset
from karier_reco.errors import SettingsError
from karier_reco.gaps import find_gaps
from karier_reco.recommender import CourseRecommender
from tests.datasets import YEAR, random_frames

AS_OF = date(YEAR - 1, 12, 31)


@cache
def rich() -> Dataset:
    """Return the first random set of tables with more than four rows to list."""
    found = (Dataset.from_frames(random_frames(seed)) for seed in range(400))
    return next(
        data for data in found if len(CourseRecommender().fit(data).recommend(find_gaps(data, AS_OF), data, AS_OF)) > 4
    )


class RecommenderContract:
    """Mix into a class with ``make``, the recommender under test."""

    def make(self) -> CourseRecommender:
        raise NotImplementedError("a contract is run on a recommender; see the class below")

    @pytest.fixture
    def data(self) -> Dataset:
        return rich()

    def listed(self, data: Dataset) -> pd.DataFrame:
        return self.make().fit(data).recommend(find_gaps(data, AS_OF), data, AS_OF)

    def test_parameters_stay_as_given(self) -> None:
        """``get_params``, ``set_params`` and ``clone`` see exactly what ``__init__`` was given."""
        model = self.make().set_params(top=7, n_jobs=2)
        assert model.get_params() == {"top": 7, "n_jobs": 2}
        assert clone(model).get_params() == model.get_params()

    def test_fit_returns_itself_and_clone_forgets(self, data: Dataset) -> None:
        """``fit`` returns the model, what it learns ends in an underscore, and a clone has learnt nothing."""
        model = self.make()
        assert model.fit(data) is model
        assert [name for name in vars(model) if name.endswith("_")] == ["completion_"]
        assert not [name for name in vars(clone(model)) if name.endswith("_")]

    def test_unfitted_is_refused(self, data: Dataset) -> None:
        """Before ``fit`` there is no list."""
        with pytest.raises(NotFittedError):
            self.make().recommend(find_gaps(data, AS_OF), data, AS_OF)

    def test_inputs_are_unchanged(self, data: Dataset) -> None:
        """Neither gaps nor tables are modified."""
        gaps = find_gaps(data, AS_OF)
        before, hashes = gaps.copy(), dict(data.hashes)
        self.make().fit(data).recommend(gaps, data, AS_OF)
        pd.testing.assert_frame_equal(gaps, before)
        assert dict(Dataset.from_frames(data.frames).hashes) == hashes

    def test_threads_change_nothing(self, data: Dataset) -> None:
        """One thread and two give the same frame, to the last bit."""
        gaps = find_gaps(data, AS_OF)
        one, two = (self.make().set_params(n_jobs=n).fit(data).recommend(gaps, data, AS_OF) for n in (1, 2))
        pd.testing.assert_frame_equal(one, two, check_exact=True)

    def test_people_and_courses_may_be_new(self, data: Dataset) -> None:
        """A model fitted on other tables lists people and courses that it never saw."""
        other = next(
            Dataset.from_frames(random_frames(seed))
            for seed in range(500, 600)
            if len(random_frames(seed)["courses"]) > 2
        )
        listed = self.make().fit(other).recommend(find_gaps(data, AS_OF), data, AS_OF)
        assert set(listed["employee_id"]) == set(self.listed(data)["employee_id"])

    def test_longer_lists_begin_with_shorter_ones(self, data: Dataset) -> None:
        """Asking for more courses never changes those on top."""
        gaps = find_gaps(data, AS_OF)
        short, long = (self.make().set_params(top=n).fit(data).recommend(gaps, data, AS_OF) for n in (2, 6))
        begin = long[long["rank"] <= 2].reset_index(drop=True)
        pd.testing.assert_frame_equal(short, begin)

    def test_nobody_with_gaps_gets_an_empty_frame_of_the_same_columns(self, data: Dataset) -> None:
        """Without gaps there is nothing to recommend; the frame keeps its columns and types."""
        gaps = find_gaps(data, AS_OF)
        nothing = self.make().fit(data).recommend(gaps.iloc[:0], data, AS_OF)
        assert nothing.empty
        pd.testing.assert_series_equal(nothing.dtypes, self.listed(data).dtypes)


class TestCourseRecommender(RecommenderContract):
    def make(self) -> CourseRecommender:
        return CourseRecommender(top=4)

    @pytest.mark.parametrize("top", [0, -1, 2.5, "3", True])
    def test_impossible_lengths_are_refused(self, top: object, data: Dataset) -> None:
        """A list has a whole number of rows, at least one; the error names the value."""
        with pytest.raises(SettingsError, match=r"top: got .*; expected a whole number"):
            CourseRecommender(top=top).fit(data)  # type: ignore[arg-type]  # that is the point

    def test_reasons_speak_both_languages(self, data: Dataset) -> None:
        """Each row says in words which competency rises from which level to which, in the language asked for."""
        gaps = find_gaps(data, AS_OF)
        model = self.make().fit(data)
        indonesian = model.recommend(gaps, data, AS_OF, "id")["reason"]
        english = model.recommend(gaps, data, AS_OF, "en")["reason"]
        assert indonesian.str.contains("level").all()
        assert (indonesian != english).all()
