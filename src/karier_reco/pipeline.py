"""The whole flow, top to bottom: from tables to a plan that was verified and audited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from karier_reco.allocation import allocate
from karier_reco.auditing import audit
from karier_reco.dataset import Dataset
from karier_reco.gaps import find_gaps
from karier_reco.optimiser import verify
from karier_reco.plan import TrainingPlan, draw_up
from karier_reco.recommender import CourseRecommender
from karier_reco.settings import Limits
from karier_reco.texts import Language
from karier_reco.value import appraise


def make_plan(
    data: Dataset,
    year: int,
    budget: int | None = None,
    *,
    limits: Limits | None = None,
    as_of: date | None = None,
    recommender: CourseRecommender | None = None,
    language: Language = "id",
    n_jobs: int = 1,
    **options: Any,
) -> TrainingPlan:
    """Plan a year's training: who attends which session, what it closes, what it costs, who must wait.

    ``budget`` (rupiah) is one more line over all money, beside the budgets table; it replaces ``limits.budget``. What
    is known counts up to ``as_of``, by default 31 December before the year. ``language`` is that of the reasons.
    The plan is the same for every ``n_jobs``.
    ``options`` go to ``solve``, such as ``time_limit`` (seconds) or ``work_limit`` (a stop that repeats).

    The plan is verified and audited before it is returned; raises ``VerificationError`` where it does not hold,
    and what ``allocate`` raises.

    >>> import karier_reco as kr
    >>> plan = kr.make_plan(kr.load_example(), year=2027)
    >>> plan.certificate["status"]
    'optimal'
    """
    as_of = as_of or date(year - 1, 12, 31)
    limits = limits or Limits()
    if budget is not None:
        limits = replace(limits, budget=budget)
    recommender = recommender or CourseRecommender(n_jobs=n_jobs).fit(data)

    gaps = find_gaps(data, as_of)
    recommended = recommender.recommend(gaps, data, as_of, language)
    candidates, closures = appraise(recommended, gaps, data, year, as_of, language)
    allocation = allocate(candidates, data, limits, closures=closures, year=year, as_of=as_of, n_jobs=n_jobs, **options)
    verify(allocation.problem, allocation)
    plan = draw_up(allocation, candidates, closures, gaps, data, limits, year, as_of)
    audit(plan, data)
    return plan
