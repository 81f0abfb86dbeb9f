"""From competency gaps to a training plan inside the budget, with a proof of how close to the best it is.

The flow, each step from tables to tables::

    load ─► find_gaps ─► CourseRecommender ─► appraise ─► allocate ─► draw_up ─► audit ─► write_plan

``make_plan`` runs it all. Public names are imported when first used, so that ``import karier_reco`` is quick.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karier_reco.allocation import allocate as allocate
    from karier_reco.auditing import AuditReport as AuditReport
    from karier_reco.auditing import audit as audit
    from karier_reco.dataset import Dataset as Dataset
    from karier_reco.errors import DataError as DataError
    from karier_reco.errors import InfeasibleError as InfeasibleError
    from karier_reco.errors import KarierError as KarierError
    from karier_reco.errors import LimitsError as LimitsError
    from karier_reco.errors import Problem as Problem
    from karier_reco.errors import SettingsError as SettingsError
    from karier_reco.errors import SolverError as SolverError
    from karier_reco.errors import VerificationError as VerificationError
    from karier_reco.gaps import find_gaps as find_gaps
    from karier_reco.gaps import job_match as job_match
    from karier_reco.loading import load as load
    from karier_reco.loading import load_example as load_example
    from karier_reco.optimiser import Allocation as Allocation
    from karier_reco.optimiser import AllocationProblem as AllocationProblem
    from karier_reco.optimiser import SessionCost as SessionCost
    from karier_reco.optimiser import solve as solve
    from karier_reco.optimiser import verify as verify
    from karier_reco.optimiser.change import Replan as Replan
    from karier_reco.optimiser.change import replan as replan
    from karier_reco.optimiser.curve import BudgetCurve as BudgetCurve
    from karier_reco.optimiser.curve import budget_curve as budget_curve
    from karier_reco.optimiser.fairness import PriceOfFairness as PriceOfFairness
    from karier_reco.optimiser.fairness import price_of_fairness as price_of_fairness
    from karier_reco.pipeline import make_plan as make_plan
    from karier_reco.plan import TrainingPlan as TrainingPlan
    from karier_reco.plan import draw_up as draw_up
    from karier_reco.quality import DataQuality as DataQuality
    from karier_reco.quality import data_quality as data_quality
    from karier_reco.recommender import CourseRecommender as CourseRecommender
    from karier_reco.report import read_plan as read_plan
    from karier_reco.report import write_plan as write_plan
    from karier_reco.report import write_problems as write_problems
    from karier_reco.report import write_siasn as write_siasn
    from karier_reco.report import write_template as write_template
    from karier_reco.report.charts import budget_chart as budget_chart
    from karier_reco.report.charts import gap_chart as gap_chart
    from karier_reco.report.charts import jp_chart as jp_chart
    from karier_reco.settings import Limits as Limits
    from karier_reco.settings import Settings as Settings
    from karier_reco.siasn import SiasnRecords as SiasnRecords
    from karier_reco.siasn import siasn_records as siasn_records
    from karier_reco.value import appraise as appraise
    from karier_reco.whatif import WhatIf as WhatIf
    from karier_reco.whatif import what_if as what_if

_MODULES = {
    "Dataset": "dataset",
    "Settings": "settings",
    "Limits": "settings",
    "load": "loading",
    "load_example": "loading",
    "data_quality": "quality",
    "DataQuality": "quality",
    "find_gaps": "gaps",
    "job_match": "gaps",
    "CourseRecommender": "recommender",
    "appraise": "value",
    "allocate": "allocation",
    "draw_up": "plan",
    "TrainingPlan": "plan",
    "audit": "auditing",
    "AuditReport": "auditing",
    "make_plan": "pipeline",
    "write_plan": "report",
    "read_plan": "report",
    "what_if": "whatif",
    "WhatIf": "whatif",
    "write_problems": "report",
    "budget_chart": "report.charts",
    "gap_chart": "report.charts",
    "jp_chart": "report.charts",
    "siasn_records": "siasn",
    "SiasnRecords": "siasn",
    "write_siasn": "report",
    "write_template": "report",
    "AllocationProblem": "optimiser",
    "SessionCost": "optimiser",
    "Allocation": "optimiser",
    "solve": "optimiser",
    "verify": "optimiser",
    "budget_curve": "optimiser.curve",
    "BudgetCurve": "optimiser.curve",
    "replan": "optimiser.change",
    "Replan": "optimiser.change",
    "price_of_fairness": "optimiser.fairness",
    "PriceOfFairness": "optimiser.fairness",
    "KarierError": "errors",
    "DataError": "errors",
    "Problem": "errors",
    "SettingsError": "errors",
    "LimitsError": "errors",
    "InfeasibleError": "errors",
    "SolverError": "errors",
    "VerificationError": "errors",
}

__version__ = "0.1.0"
__all__ = ["__version__", *_MODULES]  # the names are texts, all of them above

logging.getLogger("karier_reco").addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'karier_reco' has no attribute {name!r}")
    value = getattr(import_module(f"karier_reco.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
