"""``verify`` accepts what holds and names what does not: every corruption stands beside a sound twin of it.

The world of the cases, in which every limit is exactly used up by the plan:

======  =========================  =====  ====================================================================
seat    who, session               value  in the plan
======  =========================  =====  ====================================================================
0       Ani, basic A               3      yes
1       Ani, basic B               2      no: the same course
2       Ani, advanced              4      yes, it requires one of the basic sessions
3       Budi, basic A              3      yes
4       Budi, advanced             2      no
5       Budi, workshop             2      yes
6       Cici, seminar              1      yes, she must attend it
7       Cici, workshop             2      yes
8       Cici, field trip           1.5    no: it overlaps with the workshop
9       Dedi, seminar              1      yes
10      Dedi, advanced             3      no: he has no basic course
======  =========================  =====  ====================================================================

Seats: 3 + 4 + 3 + 2 + 1 + 2 + 1 = 16. Needs: Ani's takes 1 from seats 0 and 2, of at most 1.5; Budi's takes 0.5 from
seats 3 and 5, of at most 0.7: together 2.2. Hours: Ani 10 + 20, Budi 10 + 8, Cici 4 + 8, Dedi 4, of which at most 20
each are worth 0.01: 0.2 + 0.18 + 0.12 + 0.04 = 0.54. The plan is worth 18.74.
Fees: 2 a basic seat, 3 an advanced, 1 any other, and 5 to open the workshop: 2 + 3 + 2 + 1 + 1 + 1 + 1 + 5 = 16.
Travel: 1 for each of Ani's two seats. Budi and Dedi are one group: 3 + 2 + 0.7 + 0.18 + 1 + 0.04 = 6.92.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from karier_reco.errors import VerificationError
from karier_reco.optimiser import proof, sets
from karier_reco.optimiser.allocation import Allocation, Prices
from karier_reco.optimiser.problem import AllocationProblem, SessionCost
from karier_reco.optimiser.verify import verify
from tests.oracles import best_plan, broken_rows, dual_value, value_of
from tests.problems import random_prices, random_problem

ANI, BUDI, CICI, DEDI = range(4)
BASIC_A, BASIC_B, ADVANCED, SEMINAR, WORKSHOP, TRIP = range(6)
FEE, TRAVEL = range(2)
GRANTED = [0, 2, 3, 5, 6, 7, 9]
VALUE = 18.74
NAMES = {
    "people": ["Ani", "Budi", "Cici", "Dedi"],
    "sessions": ["basic A", "basic B", "advanced", "seminar", "workshop", "trip"],
    "lines": ["fee", "travel"],
    "groups": ["men"],
}


@dataclass
class World:
    """A problem's arguments and what is claimed about a plan for it; a case alters either."""

    arguments: dict[str, Any]
    claim: dict[str, Any]

    def grant(self, *seats: int) -> None:
        """Add seats and tell no lie about what they are worth and open."""
        self.claim["granted"][list(seats)] = True
        self.be_honest()

    def revoke(self, *seats: int) -> None:
        """Take seats away and tell no lie about what is left."""
        self.claim["granted"][list(seats)] = False
        self.be_honest()

    def be_honest(self) -> None:
        """State value and opened sessions as they are."""
        problem, granted = self.problem(), self.claim["granted"]
        self.claim["value"] = value_of(problem, granted)
        self.claim["opened"] = np.bincount(problem.session[granted], minlength=6) > 0

    def lower(self, name: str, at: int, by: int) -> None:
        """Lower one entry of a limit."""
        self.arguments[name] = np.array(self.arguments[name])
        self.arguments[name][at] -= by

    def problem(self) -> AllocationProblem:
        """Build the problem."""
        return AllocationProblem(**self.arguments)

    def allocation(self) -> Any:
        """Build the claim; one with a gap of its own is no Allocation, but looks like one."""
        if "optimality_gap" in self.claim:
            return SimpleNamespace(**self.claim)
        return Allocation(problem=self.problem(), **self.claim)

    def prove(self, **prices: Any) -> None:
        """State the bound that prices prove: D by the loops of the oracle."""
        shape = {"budget": 2, "max_seats": 6, "min_seats": 6, "floor": 1, "link": 11}
        made = {name: np.array(prices.get(name, np.zeros(count)), dtype=float) for name, count in shape.items()}
        self.claim["prices"] = Prices(**made)
        self.claim.update(status="feasible", stopped_by="gap", bound_by="prices")
        self.claim["bound"] = dual_value(self.problem(), self.claim["prices"])

    def forget_plan(self, status: str) -> None:
        """Claim that there is no plan."""
        nothing = {"granted": np.zeros(11, dtype=bool), "opened": np.zeros(6, dtype=bool), "value": 0.0}
        self.claim.update(nothing, bound=None, prices=None, bound_by=None, status=status)
        if status == "infeasible":
            self.claim.update(stopped_by="proof", conflict=("hold[seminar]", "budget[fee]"))
        else:
            self.claim.update(stopped_by="time", conflict=())


def world() -> World:
    """The world of this module's docstring."""
    fee = [2, 2, 3, 2, 3, 1, 1, 1, 1, 1, 3]
    travel = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    gain = np.zeros((11, 2))
    gain[[0, 2], 0], gain[[3, 5], 1] = 1.0, 0.5
    opening = np.zeros((6, 2), dtype=int)
    opening[WORKSHOP, FEE] = 5
    arguments = {
        "person": np.array([ANI, ANI, ANI, BUDI, BUDI, BUDI, CICI, CICI, CICI, DEDI, DEDI]),
        "session": np.array([0, 1, 2, 0, 2, 4, 3, 4, 5, 3, 2]),
        "value": np.array([3, 2, 4, 3, 2, 2, 1, 2, 1.5, 1, 3]),
        "cost": sp.csr_array(np.array([fee, travel]).T),
        "budget": np.array([16, 2]),
        "max_seats": np.array([2, 1, 1, 2, 2, 1]),
        "hours": np.array([10, 10, 20, 4, 8, 8]),
        "min_seats": np.array([1, 1, 1, 2, 2, 1]),
        "opening_cost": sp.csr_array(opening),
        "max_sessions": np.array([2, 2, 2, 1]),
        "max_hours": np.array([30, 18, 12, 4]),
        "target_hours": np.full(4, 20),
        "hour_value": 0.01,
        "exclusive": [[BASIC_A, BASIC_B], [WORKSHOP, TRIP]],
        "requires": [(ADVANCED, [BASIC_A, BASIC_B])],
        "requires_met": np.zeros(11, dtype=bool),
        "must": np.array([-1] * 6 + [0] + [-1] * 4),
        "need_gain": sp.csr_array(gain),
        "need_cap": np.array([1.5, 0.7]),
        "groups": sp.csr_array(np.array([[False], [True], [False], [True]])),
        "floor": np.array([6.92]),
        "hold": np.arange(6) == SEMINAR,
        "names": NAMES,
    }
    granted = np.isin(np.arange(11), GRANTED)
    claim = {
        "granted": granted,
        "opened": np.array([True, False, True, True, True, False]),
        "value": VALUE,
        "bound": VALUE,
        "prices": None,
        "status": "optimal",
        "stopped_by": "proof",
        "bound_by": "highs",
        "conflict": (),
    }
    return World(arguments, claim)


def feasible(w: World) -> None:
    """Claim less: a bound of 100 and the gap that goes with it, so that value is all that a case can break."""
    w.claim.update(status="feasible", stopped_by="gap", bound=100.0)


Change = Callable[[World], Any]


@dataclass(frozen=True)
class Case:
    """A corruption, the rows that it breaks, and the same change as far as it is sound."""

    name: str
    rows: tuple[str, ...]
    corrupt: Change
    sound: Change

    def __str__(self) -> str:
        return self.name


def limit(name: str, row: str, argument: str, at: int, sign: int = 1) -> Case:
    """A limit one whole unit tighter than the plan, and exactly at it."""
    return Case(name, (row,), lambda w: w.lower(argument, at, sign), lambda w: w.lower(argument, at, 0))


def claims(**facts: Any) -> Change:
    """Claim these facts."""
    return lambda w: w.claim.update(facts)


def also(*changes: Change) -> Change:
    """Make one change after the other."""

    def change(w: World) -> None:
        for one in changes:
            one(w)

    return change


def entry(name: str, at: int, value: float) -> Change:
    """Prove a bound by prices, then put another price in place of one of them."""

    def change(w: World) -> None:
        w.prove()
        getattr(w.claim["prices"], name)[at] = value

    return change


def reprice(**prices: Any) -> Change:
    """Prove a bound by prices of zero, then show others beside it."""

    def change(w: World) -> None:
        w.prove()
        w.claim["prices"] = replace(w.claim["prices"], **prices)

    return change


def bound_times(factor: float) -> Change:
    """Prove a bound by prices and state it larger or smaller."""

    def change(w: World) -> None:
        w.prove(budget=[0.4, 0.1], max_seats=[1, 0, 1, 0, 0, 0], min_seats=[0] * 4 + [0.3, 0], floor=[0.2])
        w.claim["bound"] *= factor

    return change


def scarce(w: World) -> None:
    """Leave one seat in basic A, take Budi out of it, and prove a bound by the price that the seat fetches."""
    exchange([3], [], max_seats=np.array([1, 1, 1, 2, 2, 1]))(w)
    w.prove(max_seats=[3.6, 0, 0, 0, 0, 0])


def forget_opening(w: World) -> None:
    """Leave no money for what opening the workshop costs: 11 of the 16 are seats."""
    w.arguments["budget"] = np.array([11, 2])


def charge_by_session(budget: int) -> Change:
    """Charge 1 for the workshop by a SessionCost, two people: 2 from the fee line; opening aside."""

    def change(w: World) -> None:
        amount = (np.arange(6) == WORKSHOP).astype(int)[:, None]
        w.arguments.update(cost=SessionCost(amount, np.array([[0], [0], [0], [-1]])), opening_cost=None)
        w.arguments["budget"] = np.array([budget, 0])

    return change


def large(budget: int) -> Change:
    """Count in units that a float cannot tell apart: 2**55 + 1 rupiah for Ani's basic seat, nothing else."""

    def change(w: World) -> None:
        cost = np.zeros((11, 2), dtype=np.int64)
        cost[0, FEE] = 2**55 + 1
        w.arguments.update(cost=sp.csr_array(cost), opening_cost=None, budget=np.array([budget, 0]))

    return change


def small_types(hours: int) -> Change:
    """Hours as int8, whose sum for Ani (120 + 120) would overflow to below zero if counted so."""

    def change(w: World) -> None:
        w.arguments["hours"] = np.array([120, 10, 120, 4, 8, 8], dtype=np.int8)
        w.arguments["max_hours"] = np.array([hours, 128, 12, 4])
        w.be_honest()
        feasible(w)

    return change


def one_met(row: int) -> Change:
    """Let Dedi into the advanced session alone; of two requires rows he has met only one."""

    def change(w: World) -> None:
        met = np.zeros((11, 2), dtype=bool)
        met[10] = True
        met[10, row:] = False
        met[[2], 1] = True
        w.arguments.update(requires=[(ADVANCED, [BASIC_A, BASIC_B]), (ADVANCED, [TRIP])], requires_met=met)
        w.arguments.update(max_seats=np.full(6, 4), budget=np.array([99, 99]), max_hours=np.full(4, 99))
        w.arguments["max_sessions"] = np.full(4, 9)
        w.grant(10)
        feasible(w)

    return change


def exchange(out: list[int], into: list[int], **roomy: Any) -> Change:
    """Grant other seats, with room enough in every limit but the one in question."""

    def change(w: World) -> None:
        generous = {"budget": np.array([99, 99]), "max_seats": np.full(6, 4), "max_hours": np.full(4, 99)}
        w.arguments.update(generous | {"max_sessions": np.full(4, 9), "floor": np.zeros(1)} | roomy)
        w.revoke(*out)
        w.grant(*into)
        feasible(w)

    return change


def absent(status: str, **facts: Any) -> Change:
    """Claim that there is no plan, and these facts."""
    return lambda w: (w.forget_plan(status), w.claim.update(facts))


def first(length: int) -> np.ndarray:
    """A mask with only its first entry set."""
    return np.arange(length) == 0


def given(**arguments: Any) -> Change:
    """Give the problem these arguments."""
    return lambda w: w.arguments.update(arguments)


def given_as(name: str, kind: Any) -> Change:
    """Give an argument in another type."""
    return lambda w: w.arguments.update({name: w.arguments[name].astype(kind)})


def retyped(name: str, kind: Any) -> Change:
    """Claim a mask in another type."""
    return lambda w: w.claim.update({name: w.claim[name].astype(kind)})


def unbounded(w: World) -> None:
    """Claim no bound."""
    w.claim.update(bound=None, bound_by=None)


CASES = [
    # limits, one unit too many
    limit("one rupiah over a line", "budget[fee]", "budget", FEE),
    limit("one rupiah over the line that few use", "budget[travel]", "budget", TRAVEL),
    limit("one seat over capacity", "seats[basic A]", "max_seats", BASIC_A),
    limit("one person short of a minimum class", "min_seats[workshop]", "min_seats", WORKSHOP, -1),
    limit("one session over", "sessions[Ani]", "max_sessions", ANI),
    limit("one hour over", "hours[Budi]", "max_hours", BUDI),
    Case("opening cost forgotten", ("budget[fee]",), forget_opening, also(forget_opening, given(opening_cost=None))),
    Case("one over by session cost", ("budget[fee]",), charge_by_session(1), charge_by_session(2)),
    Case("one over where floats cannot tell", ("budget[fee]",), large(2**55), large(2**55 + 1)),
    Case("hours over in a small type", ("hours[Ani]",), small_types(239), small_types(240)),
    Case(
        "floor missed",
        ("floor[men]",),
        lambda w: w.arguments.update(floor=np.array([6.9201])),
        lambda w: w.arguments.update(floor=np.array([6.92 + 1e-11])),
    ),
    # seats that do not go together
    Case(
        "a second seat of the same course", ("exclusive[Ani, basic A/basic B]",), exchange([], [1]), exchange([0], [1])
    ),
    Case("a clash of dates", ("exclusive[Cici, workshop/trip]",), exchange([], [8]), exchange([], [4])),
    Case("prerequisite missing", ("requires[Dedi, advanced]",), exchange([], [10]), exchange([], [4])),
    Case("prerequisite dropped", ("requires[Ani, advanced]",), exchange([0], []), exchange([0, 2], [])),
    Case("one of two prerequisites missing", ("requires[Dedi, advanced]",), one_met(1), one_met(2)),
    Case(
        "must dropped",
        ("must[Cici, 0]",),
        exchange([6], [], min_seats=np.ones(6, dtype=int)),
        exchange([9], [], min_seats=np.ones(6, dtype=int)),
    ),
    Case(
        "hold dropped",
        ("hold[seminar]",),
        exchange([6, 9], [], must=None),
        exchange([6, 9], [], must=None, hold=None),
    ),
    Case("minimum class undershot", ("min_seats[workshop]",), exchange([5], []), exchange([5, 7], [])),
    # value, gap and what is open
    Case("value too high", ("value",), also(feasible, claims(value=VALUE + 1e-6)), also(feasible, claims(value=VALUE))),
    Case("value too low", ("value",), also(feasible, claims(value=18.7)), also(feasible, claims(value=VALUE + 1e-10))),
    Case("needs counted twice", ("value",), also(feasible, claims(value=VALUE + 0.8)), feasible),
    Case("value is no number", ("value",), claims(value=float("nan")), claims(value=np.float64(VALUE))),
    Case("a closed session open", ("opened[1]",), claims(opened=np.arange(6) < 5), exchange([0], [1])),
    Case("an open session shut", ("opened[0]",), claims(opened=np.isin(np.arange(6), [2, 3, 4])), exchange([5, 7], [])),
    Case("gap too small", ("optimality_gap",), claims(optimality_gap=-0.5), claims(optimality_gap=0.0)),
    Case(
        "gap left out",
        ("optimality_gap",),
        also(feasible, claims(optimality_gap=None)),
        also(feasible, claims(optimality_gap=(100 - VALUE) / 100)),
    ),
    Case(
        "gap without a bound",
        ("optimality_gap",),
        also(feasible, unbounded, claims(optimality_gap=0.0)),
        also(feasible, unbounded, claims(optimality_gap=None)),
    ),
    # the bound and its prices
    Case("bound below the value", ("bound",), also(feasible, claims(bound=18.0)), also(feasible, claims(bound=19.0))),
    Case("bound infinite", ("bound",), also(feasible, claims(bound=float("inf"))), feasible),
    Case("bound lower than its prices prove", ("bound",), bound_times(1 - 1e-7), bound_times(1 - 1e-11)),
    Case(
        "bound of HiGHS above the prices",
        ("bound",),
        also(bound_times(1.1), claims(bound_by="highs")),
        also(bound_times(1), claims(bound_by="highs")),
    ),
    Case(
        "prices too small for the bound",
        ("bound",),
        also(scarce, lambda w: w.claim["prices"].max_seats.fill(0.0)),
        scarce,
    ),
    Case("price negative", ("prices.budget[0]",), entry("budget", 0, -1e-9), entry("budget", 0, 0.0)),
    Case("price not a number", ("prices.max_seats[2]",), entry("max_seats", 2, np.nan), entry("max_seats", 2, 0.0)),
    Case("price infinite", ("prices.link[10]",), entry("link", 10, np.inf), entry("link", 10, 0.0)),
    Case("price list too short", ("prices.link",), reprice(link=np.zeros(10)), reprice(link=np.zeros(11))),
    Case("price list of texts", ("prices.floor",), reprice(floor=np.array(["0"])), reprice(floor=np.array([0]))),
    Case("bound by prices without prices", ("prices",), also(bound_times(1), claims(prices=None)), bound_times(1)),
    # words
    Case("status unknown to us", ("status",), claims(status="solved"), claims(status="optimal")),
    Case("optimal with a larger bound", ("status",), claims(bound=18.75), claims(bound=VALUE + 1e-9)),
    Case("optimal without a bound", ("status",), unbounded, also(feasible, unbounded)),
    Case("stopped by what we do not know", ("stopped_by",), claims(stopped_by="luck"), claims(stopped_by="gap")),
    Case("proof of what is not optimal", ("stopped_by",), also(feasible, claims(stopped_by="proof")), feasible),
    Case("bound by what we do not know", ("bound_by",), claims(bound_by="oracle"), bound_times(1.1)),
    Case("bound by nobody", ("bound_by",), claims(bound_by=None), also(feasible, unbounded)),
    Case("conflict beside a plan", ("conflict",), claims(conflict=("hold[seminar]",)), claims(conflict=())),
    # no plan
    Case("infeasible with seats granted", ("granted",), absent("infeasible", granted=first(11)), absent("infeasible")),
    Case("unknown with a session open", ("opened",), absent("unknown", opened=first(6)), absent("unknown")),
    Case(
        "unknown with a value", ("value",), absent("unknown", value=1.0), absent("unknown", bound=9.0, bound_by="highs")
    ),
    Case("infeasible without a reason", ("conflict",), absent("infeasible", conflict=()), absent("infeasible")),
    Case(
        "conflict of a limit that is none",
        ("conflict",),
        absent("infeasible", conflict=("seats[lounge]",)),
        absent("infeasible", conflict=("exclusive[Ani, basic A/basic B]", "must[Cici, 0]")),
    ),
    Case(
        "unknown by proof",
        ("stopped_by",),
        absent("unknown", stopped_by="proof"),
        absent("infeasible", stopped_by="time"),
    ),
    # shapes
    Case("granted too short", ("granted",), claims(granted=np.ones(10, dtype=bool)), given(names=None)),
    Case("granted as numbers", ("granted",), retyped("granted", np.int64), given_as("value", np.float32)),
    Case("granted as a list", ("granted",), claims(granted=[True] * 11), given_as("person", np.int8)),
    Case("opened too long", ("opened",), claims(opened=np.ones(7, dtype=bool)), given_as("budget", np.uint64)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_corruption_is_caught(case: Case) -> None:
    """Each corrupted allocation is refused, and exactly the rows that the corruption breaks are named.

    So a check that is left out fails its case, and a check that cries wolf fails another's.
    """
    w = world()
    case.corrupt(w)
    with pytest.raises(VerificationError) as error:
        verify(w.problem(), w.allocation())
    assert {text.partition(":")[0] for text in error.value.broken} == set(case.rows)
    assert all(f"{row}: got " in str(error.value) for row in case.rows)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sound_twin_is_accepted(case: Case) -> None:
    """The same change as far as it is sound is accepted: what is caught above is the corruption, not the change."""
    w = world()
    case.sound(w)
    verification = verify(w.problem(), w.allocation())
    assert verification.value == pytest.approx(w.claim["value"], rel=1e-9)
    assert verification.proved == w.claim["bound_by"]


def test_there_are_forty_kinds() -> None:
    """At least 40 kinds of corruption are tried, no name twice."""
    assert len({case.name for case in CASES}) == len(CASES) >= 40


def test_world_is_as_described() -> None:
    """The plan is worth 18.74 and uses up every limit of money, seats and persons, as this module's docstring says."""
    w = world()
    verification = verify(w.problem(), w.allocation())
    assert verification.value == pytest.approx(18.74, abs=1e-12)
    uses = {use.name: (use.used, use.limit) for use in verification.uses}
    assert uses["budget[fee]"] == (16, 16)
    assert uses["budget[travel]"] == (2, 2)
    assert uses["seats[basic A]"] == (2, 2)
    assert uses["min_seats[workshop]"] == (2, 2)
    assert uses["min_seats[trip]"] == (0, 0)
    assert uses["hold[seminar]"] == (2, 1)
    assert uses["sessions[Ani]"] == (2, 2)
    assert uses["hours[Dedi]"] == (4, 4)
    assert uses["exclusive[Cici, workshop/trip]"] == (1, 1)
    assert uses["requires[Ani, advanced]"] == (1, 1)
    assert uses["must[Cici, 0]"] == (1, 1)
    assert uses["floor[men]"] == (pytest.approx(6.92), 6.92)


def test_message_says_whose_bug_it_is() -> None:
    """A failed check of our own plan says that it is our bug, and every broken row stands in the message."""
    w = world()
    w.lower("budget", FEE, 1)
    w.lower("max_hours", ANI, 1)
    with pytest.raises(VerificationError, match="this is our bug") as error:
        verify(w.problem(), w.allocation())
    assert error.value.broken == (
        "budget[fee]: got 16; expected at most 15.",
        "hours[Ani]: got 30; expected at most 29.",
    )


def test_long_message_is_cut_but_nothing_is_lost() -> None:
    """Of more than 20 broken rows the message shows 20 and says how many more ``broken`` has."""
    n = 25
    problem = AllocationProblem(range(n), range(n), np.ones(n), sp.csr_array((n, 0), dtype=int), [], np.zeros(n, int))
    everything = np.ones(n, dtype=bool)
    claim = Allocation(problem, everything, everything, 25.0, None, None, "feasible", "time", None)
    with pytest.raises(VerificationError, match=r"5 more in error\.broken") as error:
        verify(problem, claim)
    assert len(error.value.broken) == 25


def test_nothing_to_grant() -> None:
    """A problem without seats, sessions or lines has the plan that is worth nothing, and it holds."""
    problem = AllocationProblem([], [], [], sp.csr_array((0, 0), dtype=int), [], [])
    none, empty = np.zeros(0, dtype=bool), np.zeros(0)
    prices = Prices(empty, empty, empty, empty, empty)
    claim = Allocation(problem, none, none, 0.0, 0.0, prices, "optimal", "proof", "prices")
    verification = verify(problem, claim)
    assert (verification.value, verification.bound, verification.uses) == (0.0, 0.0, ())


def test_any_mask_is_judged_as_by_the_oracle(full: bool) -> None:
    """For random masks on random problems exactly the limits that loops find broken are named, and the value agrees."""
    for seed in range(2000 if full else 150):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        optimum, best = best_plan(problem)
        granted = rng.random(problem.n_seats) < rng.random() if optimum is None or rng.random() < 0.6 else best
        opened = np.bincount(problem.session[granted], minlength=problem.n_sessions) > 0
        value = value_of(problem, granted)
        claim = Allocation(problem, granted, opened, value, None, None, "feasible", "time", None)
        expected = set(broken_rows(problem, granted))
        try:
            found = set[str]()
            assert verify(problem, claim).value == pytest.approx(value, rel=1e-12), seed
        except VerificationError as error:
            found = {text.partition(":")[0] for text in error.broken}
        assert found == expected, seed


def test_bound_is_the_oracles(full: bool) -> None:
    """D(prices), found by pruned search, is what loops over all sets of every person give, for any prices."""
    for seed in range(2000 if full else 150):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        optimum, best = best_plan(problem)
        if optimum is None:
            continue
        prices = random_prices(rng, problem, float(rng.choice([0.0, 0.3, 1.0, 3.0])))
        bound = dual_value(problem, prices)
        opened = np.bincount(problem.session[best], minlength=problem.n_sessions) > 0
        claim = Allocation(problem, best, opened, optimum, bound, prices, "feasible", "gap", "prices")
        verification = verify(problem, claim)
        assert verification.bound == pytest.approx(bound, rel=1e-9, abs=1e-9), seed
        assert verification.bounded_people == 0, seed


def test_true_bound_is_accepted_however_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound that prices do prove is not refused because the first, short search of a person's sets was too short.

    Three seats of which two exclude each other, worth 3, 2 and 2: at no price the best is 3 + 2 = 5. A search of one
    set stops with 3 and all that could come, 7; the bound of 5 is accepted all the same, one of 4.9 never.
    """
    monkeypatch.setattr(proof, "NODE_LIMITS", (1, 100))
    monkeypatch.setattr(sets, "MOST_SETS", 0)
    nothing = sp.csr_array((3, 0), dtype=int)
    problem = AllocationProblem([0] * 3, range(3), [3.0, 2.0, 2.0], nothing, [], [1] * 3, exclusive=[[1, 2]])
    none = Prices(np.zeros(0), np.zeros(3), np.zeros(3), np.zeros(0), np.zeros(3))
    best = np.array([True, True, False])
    claim = Allocation(problem, best, best, 5.0, 5.0, none, "optimal", "proof", "prices")
    verification = verify(problem, claim)
    assert (verification.bound, verification.bounded_people) == (5.0, 0.0)
    single = replace(claim, granted=np.arange(3) == 0, opened=np.arange(3) == 0, value=3.0, status="feasible")
    with pytest.raises(VerificationError, match=r"bound: got 4\.9; expected at least 5\.0"):
        verify(problem, replace(single, bound=4.9, stopped_by="gap"))


def test_short_search_says_for_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the short search is good enough for the claim, the share of people it stands for is told.

    The same problem with a second person who has no seats: one of two people. The claim of 8 holds with 7 as well.
    """
    monkeypatch.setattr(proof, "NODE_LIMITS", (1, 100))
    monkeypatch.setattr(sets, "MOST_SETS", 0)
    nothing = sp.csr_array((3, 0), dtype=int)
    limits = {"exclusive": [[1, 2]], "max_sessions": [3, 3]}
    problem = AllocationProblem([0] * 3, range(3), [3.0, 2.0, 2.0], nothing, [], [1] * 3, **limits)
    none = Prices(np.zeros(0), np.zeros(3), np.zeros(3), np.zeros(0), np.zeros(3))
    best = np.array([True, True, False])
    verification = verify(problem, Allocation(problem, best, best, 5.0, 8.0, none, "feasible", "gap", "prices"))
    assert (verification.bound, verification.bounded_people) == (7.0, 0.5)


def test_a_bound_of_whole_values_may_be_rounded_down() -> None:
    """Two seats of 1 in a session with one: a price of 0.6 gives D = 0.6 + 2 x 0.4 = 1.4, and whole values 1.

    The bound 1 makes the plan optimal, and one of 0.9 is refused; where a seat is worth 1.05, D = 1.45 is all there is.
    """
    free = sp.csr_array((2, 0), dtype=int)
    problem = AllocationProblem([0, 1], [0, 0], [1.0, 1.0], free, [], [1])
    prices = Prices(np.zeros(0), np.array([0.6]), np.zeros(1), np.zeros(0), np.zeros(2))
    one, opened = np.array([False, True]), np.array([True])
    claim = Allocation(problem, one, opened, 1.0, 1.0, prices, "optimal", "proof", "prices")
    assert verify(problem, claim).bound == pytest.approx(1.4)
    nothing = replace(claim, granted=one & False, opened=opened & False, value=0.0, status="feasible", stopped_by="gap")
    with pytest.raises(VerificationError, match=r"bound: got 0\.9; expected at least 1\.0"):
        verify(problem, replace(nothing, bound=0.9))
    fraction = replace(problem, value=[1.05, 1.0])
    with pytest.raises(VerificationError, match=r"bound: got 1\.0; expected at least 1\.45"):
        verify(fraction, replace(claim, problem=fraction))


def test_small_types_are_added_in_full() -> None:
    """Amounts of 16 bits, hours of 8 and people of 8 add up to more than these hold: 3 x 60,000, 2 x 100 hours."""
    amount, line = np.array([[60_000], [60_000]], dtype=np.uint16), np.zeros((2, 1), dtype=np.int8)
    person, session = np.array([0, 0, 1], dtype=np.int8), np.array([0, 1, 1], dtype=np.int16)
    value, hours = np.array([2.5, 1, 1.5], dtype=np.float32), np.array([100, 100], dtype=np.int8)
    limits = {"hours": hours, "max_hours": np.array([200, 100], dtype=np.uint8)}
    problem = AllocationProblem(person, session, value, SessionCost(amount, line), [180_000], [1, 2], **limits)
    none = Prices(np.zeros(1), np.full(2, 3.0), np.zeros(2), np.zeros(0), np.zeros(3))
    every = Allocation(problem, np.ones(3, bool), np.ones(2, bool), 5.0, 9.0, none, "feasible", "gap", "prices")
    uses = {use.name: use.used for use in verify(problem, every).uses}
    assert (uses["budget[0]"], uses["hours[0]"], uses["hours[1]"]) == (180_000, 200, 100)
    tight = replace(problem, budget=[179_999])
    with pytest.raises(VerificationError, match=r"budget\[0\]: got 180000; expected at most 179999"):
        verify(tight, replace(every, problem=tight))
