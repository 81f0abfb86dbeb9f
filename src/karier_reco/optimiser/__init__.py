"""The optimiser: arrays in, an allocation and its proof out. It knows nothing of civil servants.

``AllocationProblem`` says what may be granted, ``solve`` finds a plan and a bound, ``verify`` trusts neither of them.
"""

from karier_reco.optimiser.allocation import Allocation, Prices
from karier_reco.optimiser.problem import AllocationProblem, SessionCost
from karier_reco.optimiser.room import Room
from karier_reco.optimiser.solve import solve
from karier_reco.optimiser.verify import Verification, verify

__all__ = ["Allocation", "AllocationProblem", "Prices", "Room", "SessionCost", "Verification", "solve", "verify"]
