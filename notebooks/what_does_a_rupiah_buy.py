# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What does a rupiah buy?
#
# A plan is made for one budget (*pagu*). Before it is signed, the budget changes; or somebody asks what more money would do, and where. This notebook asks a finished plan: what is each line worth at the margin, what happens along a whole
# curve of budgets, who would gain and lose, and what fairness to a group costs. Every answer comes with a bound, so that it is clear what is known and what is not.
#
# **All data here is synthetic.** The generator makes an agency of 500 civil servants (ASN); people, courses, prices and budget lines are made up. Conclude nothing about any real office.
#
# `python notebooks/render.py` runs this script and writes the notebook beside it. It takes about a minute.

# %%
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import karier_reco as kr

ROOT = next(folder for folder in [Path.cwd(), *Path.cwd().parents] if (folder / "datasets" / "generate.py").exists())
BLUE, AMBER, GREY = "#1f5f7a", "#d08c2f", "#9aa5b1"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 80, "font.size": 10})
pd.set_option("display.max_colwidth", 60, "display.precision", 3)

# %% [markdown]
# ## The plan
#
# Searches stop after a fixed amount of *work*, so that these cells say the same on every machine. What a search leaves open stays visible: `bound` is what no plan within the same limits can be worth.

# %%
with tempfile.TemporaryDirectory() as folder:
    made = [sys.executable, str(ROOT / "datasets" / "generate.py"), "--people", "500", "--seed", "1", "--out", folder]
    subprocess.run(made, check=True)
    data = kr.load(folder, kr.Settings(synthetic=True, agency="Agency of 500 (synthetic)"))
stop = {"work_limit": 2, "time_limit": None}
plan = kr.make_plan(data, 2027, **stop)
print(f"value {plan.allocation.value:,.1f}, at most {plan.allocation.bound:,.1f}; cost Rp{plan.cost:,}")

# %% [markdown]
# ## The next rupiah
#
# A plan carries a price for every line: by how much one more rupiah *on that line alone* would raise the bound. Nothing is solved to read it.

# %%
worth = kr.what_if(plan).next_rupiah
worth["line"] = worth["account"] + " – " + worth["unit"].where(worth["unit"] != "", "all units")
worth[worth["price"] > 0][["line", "amount", "used", "left", "per_million"]].head(10)

# %%
shown = worth[worth["price"] > 0].head(10).iloc[::-1]
figure, axes = plt.subplots(figsize=(8, 0.6 + 0.35 * len(shown)))
colours = [BLUE if unit == "" else AMBER for unit in shown["unit"]]
axes.barh(shown["line"].str.slice(0, 60), shown["per_million"], color=colours)
axes.set(xlabel="value per million rupiah, by the prices", title="Where the next rupiah is worth most (blue: a line of all units)")
plt.tight_layout()

# %% [markdown]
# By account, and whether the money is a unit's own or everybody's. Lines with a price of 0 are not what holds the plan back, however full they look.

# %%
worth.assign(of=np.where(worth["unit"] == "", "all units", "one unit"), has_price=worth["price"] > 0).groupby(["account", "of"]).agg(
    lines=("line", "size"), with_a_price=("has_price", "sum"), highest=("per_million", "max"), amount=("amount", "sum")
)

# %% [markdown]
# ## Is the price true?
#
# It is an estimate for small changes. So test it: give the line with the highest price 5 %, 20 % and 100 % more, plan again, and compare what the price promised with what came. `interval` is what is certain of the *best* plans.

# %%
best = worth.iloc[0]
tried = []
for more in (5, 20, 100):
    what = kr.what_if(plan, lines={best["budget_id"]: f"+{more}%"}, **stop)
    promised = best["price"] * best["amount"] * more / 100
    tried.append((f"+{more} %", promised, what.allocation.value - plan.allocation.value, *what.interval))
print(best["line"])
pd.DataFrame(tried, columns=["change", "promised by the price", "measured", "at least", "at most"])

# %% [markdown]
# At fixed prices the bound rises in a straight line, so it never rises by more than was promised. A plan can gain a little more than that, as far as it stood below its bound before; and it may gain far less: other lines, seats and the
# hours of people begin to bind. A price says nothing of doubling a line.
#
# ## The whole curve
#
# All lines together, from 40 % to 160 % of their amounts. Each point starts from its neighbour, and in the end all serve each other: a plan of a smaller budget fits a larger one, and the prices of one point prove a bound for every other. The blue line is what
# plans *reach*; the amber band up to the bound is what nobody knows yet; above it lies nothing.

# %%
shares = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6]
curve = kr.what_if(plan, shares=shares, work_limit=24, time_limit=None).curve
points = pd.DataFrame(curve.rows()).assign(share=shares)
base = plan.allocation.problem.budget[curve.lines].sum()
points["by_price"], points["measured"] = points["price"] * base / 100, points["slope"].astype(float) * base / 100
points[["share", "value", "bound", "optimality_gap", "by_price", "measured"]]

# %%
figure, (axes, below) = plt.subplots(2, 1, figsize=(8, 6), sharex=True, height_ratios=[2, 1])
percent = 100 * points["share"]
axes.fill_between(percent, points["value"], points["bound"], color=AMBER, alpha=0.6, label="not known: between plan and bound")
axes.plot(percent, points["value"], color=BLUE, marker="o", markersize=4, label="value of the plan")
axes.axvline(100, color=GREY, linewidth=1)
axes.set(ylabel="value", title="What all lines together buy")
axes.legend(frameon=False, loc="lower right")
below.step(percent, points["measured"], where="post", color=BLUE, label="measured, from point to point")
below.plot(percent, points["by_price"], color=AMBER, marker=".", label="by the prices")
below.set(xlabel="budget, per cent of the present one", ylabel="value of 1 % more", ylim=(0, None))
below.legend(frameon=False)
plt.tight_layout()

# %% [markdown]
# The first rupiah buy most. The lower picture shows it twice. *Measured* is the difference of two plans, neither of them proved to be the best, so it jumps; *by the prices* is the slope of the bound, smooth and optimistic. Where they agree, both can be believed.
#
# The curve compares like with like: along it, those mandates (*wajib*) of importance 1 must be granted that fit its first point; the others count by their value. That is
# why its point at 100 % is worth more than the plan, in which all mandates that the present budget can pay come first: the difference is what they cost.
#
# ## A cut, and who it meets

# %%
cut = kr.what_if(plan, "-20%", **stop)
print(cut.summary("en"))

# %% [markdown]
# The same cut after the invitations have gone out. `keep` prefers the seats that people have, and may give up 0.1 % of the value for it.

# %%
kept = kr.what_if(plan, "-20%", keep=True, **stop).replan
pd.DataFrame(
    [(name, found.value, kept.moved(found)) for name, found in (("for value alone", kept.best), ("with little change", kept.kept))],
    columns=["plan", "value", "people with other seats"],
)

# %% [markdown]
# ## What a floor costs
#
# Which unit of at least ten people gains least per head?

# %%
problem = plan.allocation.problem
unit = plan.people.set_index("employee_id")["unit_id"]
ids = pd.Series(plan.candidates["employee_id"].to_numpy()).groupby(problem.person).first()
gain = pd.DataFrame({"unit_id": unit.reindex(ids).to_numpy(), "value": problem.worth_by_person(plan.allocation.seats)[ids.index]})
heads = plan.units.set_index("unit_id")["people"]
per_unit = pd.DataFrame({"people": heads, "value": gain.groupby("unit_id")["value"].sum()}).query("people >= 10").fillna(0)
per_unit["per_head"] = per_unit["value"] / per_unit["people"]
last = per_unit["per_head"].idxmin()
per_unit.nsmallest(4, "per_head").assign(unit=plan.units.set_index("unit_id")["unit"])[["unit", "people", "value", "per_head"]]

# %% [markdown]
# A floor (`Limits(floors=...)`) asks that the people of a group gain at least so much value together. Raise it step by step above what the unit gains now, and plan with and without it: the cost is a difference of two plans. `least` and `most` come from the bounds of both: the true cost lies between them.

# %%
rows = []
for factor in (1.1, 1.2):
    floor = round(float(per_unit.loc[last, "value"]) * factor, 1)
    try:
        fair = kr.make_plan(data, 2027, limits=kr.Limits(floors={"unit_id": {last: floor}}), **stop)
    except kr.InfeasibleError as error:
        rows.append({"floor": floor, "impossible": ", ".join(error.conflict)[:60]})
        continue
    measured = kr.price_of_fairness(fair.allocation.problem, **stop)
    (group,) = measured.groups()
    least, most = measured.interval
    rows.append({"floor": floor, "gains": group["fair"], "cost": measured.cost, "least": least, "most": most, "share": measured.share, "price": group["price"]})
pd.DataFrame(rows)

# %% [markdown]
# `price` is what the next unit of the floor would cost, by the prices. Fairness is rarely free and rarely dear; the point is that its cost is known, with what remains unknown beside it.
#
# ## What this does not say
#
# - Prices are estimates for small changes, of one limit alone. They belong to a relaxation in which a seat can be divided: a line too small for one whole seat can have a price and buy nothing.
# - A difference smaller than the distance between plan and bound says nothing.
# - Value is weighted gap levels, *expected* to close. That a course closes 0.7 of a step is an assumption until evaluations say otherwise.
# - The plan is a proposal (*usulan*). A person decides.
