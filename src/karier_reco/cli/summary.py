"""What a plan and its proof come to, as a few lines of text."""

from __future__ import annotations

from pathlib import Path

from karier_reco.cli.run import Run
from karier_reco.plan import TrainingPlan
from karier_reco.report import FolderCheck
from karier_reco.words import Words

FILES = ("plan.html", "plan.xlsx", "enrolments.csv", "certificate.json")

#: The line that ``budget`` sets over all money.
TOTAL = "total"


def plan_summary(run: Run, plan: TrainingPlan, source: Path | str, out: Path) -> str:
    """Return what the plan does, costs and is worth, and where it lies."""
    words = Words(run.language)
    enrolments, sessions = plan.enrolments, plan.sessions
    run_at = sessions["status"] == "open"
    deferred = int((plan.mandates["status"] == "deferred").sum())
    warnings = len(plan.problems)
    rows = [
        ("people", _part(run, words, enrolments["employee_id"].nunique(), len(plan.people))),
        ("seats", words.whole(len(enrolments))),
        ("sessions", _part(run, words, int(run_at.sum()), len(sessions))),
        ("money", _money(run, words, plan)),
        ("value", words.number(plan.allocation.value, 4)),
        ("bound", _known(run, words, plan.allocation.bound)),
        ("optimality_gap", _gap(run, words, plan)),
        ("stopped_by", run.say(f"stopped.{plan.allocation.stopped_by}")),
        ("waiting", words.whole(len(plan.waiting))),
        ("deferred", words.whole(deferred)),
        ("warnings", run.say("plan.warnings_hint", count=warnings, source=source) if warnings else "0"),
        ("files", ", ".join(str(out / name) for name in FILES)),
    ]
    heading = [run.say("plan.heading", year=plan.year, day=words.day(plan.as_of))]
    heading += [run.say("plan.synthetic")] if plan.settings.synthetic else []
    return "\n".join([*heading, *_aligned([(run.say(f"plan.{name}"), value) for name, value in rows])])


def _aligned(rows: list[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in rows) + 2
    return [f"{name:<{width}}{value}" for name, value in rows]


def _part(run: Run, words: Words, part: int, whole: int) -> str:
    return run.say("plan.share", part=words.whole(part), whole=words.whole(whole))


def _money(run: Run, words: Words, plan: TrainingPlan) -> str:
    total = plan.budgets[plan.budgets["budget_id"] == TOTAL]
    if plan.limits.budget is None or total.empty:
        return words.rupiah(plan.cost)
    used, amount = int(total["used"].iloc[0]), int(total["amount"].iloc[0])
    percent = words.percent(used / amount if amount else 0.0, 1)
    return run.say("plan.spent", part=words.rupiah(used), whole=words.rupiah(amount), percent=percent)


def _known(run: Run, words: Words, number: float | None) -> str:
    return run.say("plan.unknown") if number is None else words.number(number, 4)


def _gap(run: Run, words: Words, plan: TrainingPlan) -> str:
    """Return the optimality gap as it is: never rounded down to nothing."""
    gap = plan.allocation.optimality_gap
    if gap is None:
        return run.say("plan.unknown")
    by = run.say(f"bound_by.{plan.allocation.bound_by}")
    if gap <= 0:
        return run.say("plan.exact_gap", by=by)
    digits = next((digits for digits in range(3, 12) if round(100 * gap, digits) >= 10.0**-digits), 12)
    return run.say("plan.at_most", gap=words.percent(gap, digits), by=by)


def verify_summary(run: Run, check: FolderCheck, folder: Path) -> str:
    """Return what was recomputed from a plan folder, and on what its bound rests."""
    words, proof = Words(run.language), check.verification
    rows = [
        ("files", run.say("verify.files_same")),
        ("limits", run.say("verify.limits_kept", count=words.whole(len(proof.uses)))),
        ("money", run.say("verify.money_same", cost=words.rupiah(check.plan.cost))),
        ("value", words.number(proof.value, 4)),
        ("bound", _bound(run, words, check)),
    ]
    named = [(run.say(f"verify.{name}"), value) for name, value in rows]
    return "\n".join([run.say("verify.holds", folder=folder), *_aligned(named), run.say("verify.scope")])


def _bound(run: Run, words: Words, check: FolderCheck) -> str:
    proof, stated = check.verification, check.plan.allocation.bound
    if stated is None:
        return run.say("verify.no_bound")
    bound = words.number(stated, 4)
    if proof.proved == "prices":
        return run.say("verify.by_prices", bound=bound)
    by = words.code("bound_by", str(proof.proved))
    if proof.bound is None:
        return run.say("verify.by_search_alone", bound=bound, by=by)
    return run.say("verify.by_search", bound=bound, by=by, proved=words.number(proof.bound, 4))
