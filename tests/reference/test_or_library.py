"""The exact method against published optima: OR-Library (J. E. Beasley), people.brunel.ac.uk/~mastjjb/jeb/info.html.

Generalised assignment: Cattrysse, Salomon, Van Wassenhove (1994). Multidimensional knapsack: Chu, Beasley (1998).
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.optimiser.problem import AllocationProblem
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import verify
from tests.oracles import is_feasible, value_of

#: Larger than any cost of an assignment, so that its value, this less the cost, is above 0.
MOST = 100


def assignment_problem(path: Path) -> AllocationProblem:
    """Jobs are people who must have one of the agents, the sessions; each agent's capacity is a budget line.

    File: agents and jobs; costs agent by agent; what a job takes of each agent, agent by agent; capacities.
    """
    numbers = np.array(path.read_text().split(), dtype=np.int64)
    agents, jobs = int(numbers[0]), int(numbers[1])
    cost, takes = numbers[2 : 2 + 2 * agents * jobs].reshape(2, agents, jobs)
    job, agent = np.divmod(np.arange(jobs * agents), agents)
    seats = np.arange(jobs * agents)
    return AllocationProblem(
        job,
        agent,
        MOST - cost[agent, job].astype(float),
        sp.csr_array((takes[agent, job], (seats, agent)), shape=(jobs * agents, agents)),
        numbers[2 + 2 * agents * jobs :],
        np.full(agents, jobs),
        max_sessions=1,
        must=np.zeros(jobs * agents, dtype=np.int64),
    )


def knapsack_problems(path: Path) -> list[AllocationProblem]:
    """Items are people with one seat each, all in one session; every row of the knapsack is a budget line."""
    numbers = iter(path.read_text().split())
    problems = []
    for _ in range(int(next(numbers))):
        items, rows, _published = int(next(numbers)), int(next(numbers)), next(numbers)
        profit, *weights = (np.array([float(next(numbers)) for _ in range(items)]) for _ in range(rows + 1))
        budget = np.array([int(next(numbers)) for _ in range(rows)])
        cost = sp.csr_array(np.array(weights).T.astype(np.int64))
        problems.append(AllocationProblem(range(items), np.zeros(items, int), profit, cost, budget, [items]))
    return problems


@pytest.mark.parametrize(
    "name", ["gap1-0", "gap1-1", "gap1-2", "gap1-3", "gap1-4", "gap2-0", "gap2-1", "gap2-2", "gap2-3", "gap2-4"]
)
def test_generalised_assignment(name: str, reference: Path) -> None:
    """All jobs are assigned at the published least cost, and the answer is proved: value = 100 x jobs - cost."""
    with (reference / "gap" / "optima.csv").open() as file:
        rows = {row["Path"]: float(row["Optimum"]) for row in csv.DictReader(file)}
    problem = assignment_problem(reference / "gap" / "cattrysse1994" / name)
    allocation = solve(problem, method="exact", optimality_gap=0.0)
    verify(problem, allocation)
    assert allocation.status == "optimal"
    assert MOST * problem.n_people - allocation.value == pytest.approx(rows[f"cattrysse1994/{name}"])
    assert is_feasible(problem, allocation.granted)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_multidimensional_knapsack(number: int, reference: Path) -> None:
    """Of 100 items in 5 rows: the bound is between the published best plan and the published optimum of the LP.

    The plan is within the gap that was asked for, and never above the published best value, which is optimal.
    """
    table = dict(_published(reference / "mknap" / "best-feasible-slns.txt", f"5.100-{number:02d}"))
    problem = knapsack_problems(reference / "mknap" / "mknapcb1.txt")[number]
    allocation = solve(problem, method="exact", optimality_gap=0.01)
    verify(problem, allocation)
    assert allocation.value == value_of(problem, allocation.granted)
    assert allocation.bound is not None
    assert (1 - 0.01) * allocation.bound <= allocation.value <= table["best"] <= allocation.bound
    assert allocation.bound <= table["lp"] * (1 + 1e-9)


def _published(path: Path, name: str) -> list[tuple[str, float]]:
    """The best value and the LP optimum of one problem: its first and its second row in the file."""
    values = [float(line.split()[1]) for line in path.read_text().splitlines() if line.split()[:1] == [name]]
    return list(zip(("best", "lp"), values, strict=True))
