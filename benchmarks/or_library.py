"""Instances with known optima as problems of allocation: OR-Library (J. E. Beasley), kept in a folder by the caller.

people.brunel.ac.uk/~mastjjb/jeb/info.html. Generalised assignment: Cattrysse, Salomon, Van Wassenhove (1994) and Chu,
Beasley (1997). Multidimensional knapsack: Chu, Beasley (1998).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from karier_reco.optimiser.problem import AllocationProblem

#: Larger than any cost of an assignment, so that its value, this less the cost, is above 0.
MOST = 100
#: Files of knapsacks, and what the table of published values calls their problems.
KNAPSACKS = {"mknapcb1.txt": "5.100", "mknapcb4.txt": "10.100"}


@dataclass(frozen=True)
class Instance:
    """Hold a problem, the best value that is published, whether it is optimal, and the optimum of the relaxation."""

    name: str
    problem: AllocationProblem
    known: float
    optimal: bool
    relaxed: float | None = None


def gap(folder: Path) -> Iterator[Instance]:
    """Give the generalised assignments of ``folder``, whose optima are in ``gap/optima.csv`` as costs."""
    with (folder / "gap" / "optima.csv").open() as file:
        for row in csv.DictReader(file):
            problem = assignment_problem(folder / "gap" / row["Path"])
            yield Instance(row["Path"], problem, MOST * problem.n_people - float(row["Optimum"]), optimal=True)


def mknap(folder: Path) -> Iterator[Instance]:
    """Give the multidimensional knapsacks of ``folder``."""
    for file, family in KNAPSACKS.items():
        for number, problem in enumerate(knapsack_problems(folder / "mknap" / file)):
            name = f"{family}-{number:02d}"
            best, relaxed = _published(folder / "mknap" / "best-feasible-slns.txt", name)
            yield Instance(name, problem, best, optimal=False, relaxed=relaxed)


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
        items, rows, _published_value = int(next(numbers)), int(next(numbers)), next(numbers)
        profit, *weights = (np.array([float(next(numbers)) for _ in range(items)]) for _ in range(rows + 1))
        budget = np.array([int(next(numbers)) for _ in range(rows)])
        cost = sp.csr_array(np.array(weights).T.astype(np.int64))
        problems.append(AllocationProblem(range(items), np.zeros(items, int), profit, cost, budget, [items]))
    return problems


def _published(path: Path, name: str) -> tuple[float, float]:
    """Return the best value and the LP optimum of one problem: its first and its second row in the file."""
    best, relaxed = (float(line.split()[1]) for line in path.read_text().splitlines() if line.split()[:1] == [name])
    return best, relaxed
