"""What laws are tried on: random problems of allocation, and data sets generated from the tables' own description."""

from __future__ import annotations

from tests.problems import problems, random_problem

__all__ = ["problems", "random_problem"]
