"""Money, to the rupiah."""

from __future__ import annotations

from collections.abc import Iterator

from karier_reco.auditing.facts import Facts, records
from karier_reco.auditing.seats import seat_name


def lines_kept(facts: Facts) -> Iterator[str]:
    """No budget line pays more than its amount."""
    for line in facts.lines:
        if facts.used[line.budget_id] > line.amount:
            yield f"budget[{line.budget_id}]: got {facts.used[line.budget_id]} rupiah; expected at most {line.amount}"


def total_kept(facts: Facts) -> Iterator[str]:
    """All money together is within the limit on it."""
    if facts.limits.budget is not None and facts.spent > facts.limits.budget:
        yield f"budget[total]: got {facts.spent} rupiah; expected at most {facts.limits.budget}"


def charges_limited(facts: Facts) -> Iterator[str]:
    """Every rupiah that is spent counts on a line."""
    if facts.limits.budget is not None:
        return
    for person, session in facts.seats:
        for amount, lines in facts.charges(person, session):
            if not lines:
                place = f"enrolments, {seat_name(person, session)}"
                yield f"{place}: got {amount} rupiah that no budget line limits; expected a line for every charge"
    for session in sorted(facts.people_in):
        cost, account = facts.sessions[session].opening_cost, facts.sessions[session].account
        if cost and not facts.lines_for(account, None):
            rule = f"a line of {account} for all units"
            yield f"enrolments, {session}: got an opening cost of {cost} rupiah that no line limits; expected {rule}"


def budgets_sheet(facts: Facts) -> Iterator[str]:
    """Every line of the budgets sheet is a line of the year, its use recomputed."""
    names = dict(records(facts.data["units"], ["unit_id", "name"]))
    expected = {
        name: (account, unit, names.get(unit, ""), amount, facts.used[name])
        for name, account, unit, amount in facts.lines
    }
    if facts.limits.budget is not None:
        expected[facts.total_name] = ("any", "", "", facts.limits.budget, facts.spent)
    columns = ("account", "unit_id", "unit", "amount", "used")
    rows = records(facts.plan.budgets, ["budget_id", *columns, "left"])
    found = {row[0]: row[1:] for row in rows}
    if len(found) != len(rows):
        yield f"budgets: got {len(rows) - len(found)} lines twice; expected each once"
    for line in sorted(set(found) | set(expected)):
        if line not in found:
            yield f"budgets, {line}: got no row; expected {expected[line][-1]} rupiah used"
        elif line not in expected:
            yield f"budgets, {line}: got a row; expected none, it is no line of {facts.plan.year}"
        else:
            for name, got, should in zip(columns, found[line], expected[line], strict=False):
                if got != should:
                    yield f"budgets, {line}, {name}: got {got}; expected {should}"
            if found[line][-1] != expected[line][3] - expected[line][4]:
                yield f"budgets, {line}, left: got {found[line][-1]}; expected {expected[line][3] - expected[line][4]}"


def money_adds_up(facts: Facts) -> Iterator[str]:
    """Seats and openings are the money of the sessions sheet; seats alone that of the units sheet."""
    heads = sum(row.fee + row.travel for row in facts.granted)
    sessions = sum(facts.plan.sessions["cost"].tolist())
    units = sum(facts.plan.units["cost"].tolist())
    if sessions != facts.spent:
        yield f"sessions, cost: got {sessions} rupiah in all; expected {facts.spent}, seats and openings"
    if units != heads:
        yield f"units, cost: got {units} rupiah in all; expected {heads}, the seats without openings"


MONEY = (lines_kept, total_kept, charges_limited, budgets_sheet, money_adds_up)
