"""Small random problems in which a seat takes from one shared limit and people have a few seats each."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from karier_reco.optimiser.problem import AllocationProblem

SESSIONS = 5


def random_assignment(rng: np.random.Generator, people: int = 6) -> AllocationProblem:
    """Up to 6 people with seats in some of 5 sessions; lines by session or by chance, or the sessions' own seats.

    Half have whole values, some must have a seat, some may have two; some problems are infeasible.
    """
    n_people, n_lines = int(rng.integers(2, people + 1)), int(rng.integers(1, 5))
    wanted = rng.random((n_people, SESSIONS)) < 0.6
    wanted[np.arange(n_people), rng.integers(0, SESSIONS, n_people)] = True
    person, session = np.nonzero(wanted)
    seats = np.arange(len(person))
    value = rng.integers(0, 12, len(person)).astype(float) if rng.random() < 0.5 else rng.uniform(0, 6, len(person))
    must = np.where(rng.random(n_people)[person] < 0.4, 0, -1) if rng.random() < 0.6 else None
    most = rng.integers(1, 3, n_people) if rng.random() < 0.5 else np.ones(n_people, dtype=int)
    if rng.random() < 0.25:
        cost, budget, chairs = sp.csr_array((len(person), 0), dtype=int), [], rng.integers(1, 3, SESSIONS)
    else:
        line = session % n_lines if rng.random() < 0.5 else rng.integers(0, n_lines, len(person))
        takes = rng.integers(0, 10, len(person)) * 10 ** int(rng.integers(0, 4))
        cost = sp.csr_array((takes, (seats, line)), shape=(len(person), n_lines))
        budget = (cost.sum(axis=0) * rng.uniform(0.05, 0.7, n_lines)).astype(int)
        chairs = np.full(SESSIONS, n_people)
    exclusive = [np.arange(SESSIONS)] if rng.random() < 0.3 else None
    return AllocationProblem(
        person, session, value, cost, budget, chairs, max_sessions=most, must=must, exclusive=exclusive
    )
