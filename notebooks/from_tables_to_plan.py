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
# # From tables to a plan
#
# An analyst's walk through one year: where the competency gaps (*kesenjangan kompetensi*) are, which courses would close them, what the money buys, and who must wait.
#
# **All data here is synthetic.** The generator makes an agency of 500 civil servants (ASN); people, courses, prices and budget lines are made up. Employee numbers (NIP) are
# shown as their last three digits. Conclude nothing about any real office.
#
# `python notebooks/render.py` runs this script and writes the notebook beside it. It takes less than a minute.

# %%
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import karier_reco as kr

ROOT = next(folder for folder in [Path.cwd(), *Path.cwd().parents] if (folder / "datasets" / "generate.py").exists())
BLUE, AMBER, GREY = "#1f5f7a", "#d08c2f", "#9aa5b1"
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 80, "font.size": 10})
pd.set_option("display.max_colwidth", 60, "display.precision", 3)


def masked(frame):
    """Show each NIP as its last three digits."""
    return frame.assign(employee_id="…" + frame["employee_id"].str[-3:])


# %% [markdown]
# ## The tables
#
# `load` reads a folder of CSV and checks it: every problem of every table at once. Here there is none. What remains is a `Dataset`: typed tables, in the caller's order.

# %%
folder = tempfile.TemporaryDirectory()
made = [sys.executable, str(ROOT / "datasets" / "generate.py"), "--people", "500", "--seed", "1", "--out", folder.name]
subprocess.run(made, check=True)
data = kr.load(folder.name, kr.Settings(synthetic=True, agency="Agency of 500 (synthetic)"))
year, as_of = 2027, date(2026, 12, 31)
data

# %% [markdown]
# ## Where the gaps are
#
# The usual summary is the job-person match (JPM): levels shown over levels required. It hides a weak competency behind a strong one. `share_met` caps each competency at its standard first, so nothing hides.
# The larger the distance between the two, the more a unit's average flatters.

# %%
match = kr.job_match(data, by="unit", as_of=as_of)
match = match.merge(data.units[["unit_id", "name"]], on="unit_id").assign(hidden=lambda t: t["jpm"] - t["share_met"])
shown = ["name", "required", "assessed", "jpm", "mapping", "share_met", "hidden"]
match.nlargest(5, "hidden")[shown].round(1).reset_index(drop=True)

# %% [markdown]
# `find_gaps` works per person and competency, against the role held and the one to be held next. Much was never assessed. Unknown is not zero: by default a level is *expected* from assessed colleagues of the same role, at half
# weight, and the row says so.

# %%
gaps = kr.find_gaps(data, as_of)
current = gaps[gaps["purpose"] == "current"]
current.groupby("basis").agg(rows=("gap", "size"), people=("employee_id", "nunique"), levels=("gap", "sum"))

# %%
by_name = current.merge(data.competencies[["competency_id", "name"]], on="competency_id")
levels = by_name.pivot_table(index="name", columns="basis", values="gap", aggfunc="sum").astype(float)
levels = levels.reindex(columns=["assessed", "expected"]).fillna(0)
levels = levels.loc[levels.sum(axis=1).nlargest(14).index[::-1]]
axes = levels.plot.barh(stacked=True, color=[BLUE, GREY], figsize=(8, 4.5), width=0.75)
axes.set(xlabel="levels missing, role held", ylabel="", title="Levels missing by competency")
axes.legend(frameon=False, title="")
plt.tight_layout()

# %% [markdown]
# The grey part is a reason to assess before paying for travel.
#
# ## One person
#
# Take the person with the most weighted gap who was assessed in most of it: what is missing, and what does the recommender say?

# %%
worth = (current["gap"].astype(float).fillna(0) * current["weight"]).where(current["basis"] == "assessed", 0)
one = worth.groupby(current["employee_id"]).sum().idxmax()
names = data.competencies.set_index("competency_id")["name"]
mine = gaps[gaps["employee_id"] == one].assign(competency=lambda t: t["competency_id"].map(names))
mine[["competency", "purpose", "standard", "assessed", "level", "gap", "weight", "basis"]].reset_index(drop=True)

# %% [markdown]
# Courses are ranked by level steps, not by likeness of words: a course counts for the steps it teaches that this person lacks, less where it starts above them (`readiness`). `score` is what the course closes alone, as a share of all
# that is missing; `marginal` is what it adds to the rows above it. A course that repeats what is already covered keeps its score and loses its marginal.

# %%
recommender = kr.CourseRecommender(top=20).fit(data)
recommended = recommender.recommend(gaps, data, as_of, language="en")
titles = data.courses.set_index("course_id")["title"]
list_of_one = recommended[recommended["employee_id"] == one].assign(title=lambda t: t["course_id"].map(titles))
list_of_one[["rank", "title", "score", "marginal", "readiness", "reason"]].head(8).reset_index(drop=True)

# %% [markdown]
# Eight courses would close this share of all that this person lacks, if each could be had:

# %%
print(f"{list_of_one['marginal'].head(8).sum():.0%} of the weighted gap")

# %% [markdown]
# ## Candidates
#
# `appraise` turns recommendations, mandates (*wajib*) and requests into candidate seats: one row per person and session of the year, with its value and its cost. `closures` says what the value is made of. Most value costs little;
# the tail is dear. That is what an optimiser can use.

# %%
candidates, closures = kr.appraise(recommended, gaps, data, year, as_of, language="en")
forms = data.courses.set_index("course_id")["form"]
priced = candidates.assign(form=candidates["course_id"].map(forms), cost=candidates["fee"] + candidates["travel"])
by_form = priced.groupby("form").agg(seats=("value", "size"), value=("value", "mean"), levels=("levels_closed", "mean"), cost=("cost", "mean"))
by_form.assign(cost=by_form["cost"].round(-3).astype(int)).sort_values("cost")

# %% [markdown]
# ## The plan
#
# `allocate` grants seats within every limit. The search stops after a fixed amount of *work*, so this cell gives the same plan on every machine; what remains unproved is printed as the optimality gap.

# %%
stop = {"work_limit": 2, "time_limit": None}
allocation = kr.allocate(candidates, data, closures=closures, year=year, **stop)
plan = kr.draw_up(allocation, candidates, closures, gaps, data, kr.Limits(), year, as_of)
plan

# %% [markdown]
# Neither the plan nor its bound has to be believed. `verify` recounts every limit in whole numbers and recomputes the bound from the prices; `audit` starts again from the tables, with code that knows nothing of the solver.

# %%
verification = kr.verify(allocation.problem, allocation)
audited = kr.audit(plan, data)
print(audited.summary())
print(f"value {verification.value:,.2f}; no plan from these seats is worth more than {verification.bound:,.2f}, says the proof by prices,")
print(f"nor more than {allocation.bound:,.2f}, says the {allocation.bound_by} bound")

# %% [markdown]
# For one person, in words:

# %%
print(plan.explain(one, "en"))

# %% [markdown]
# ## What a rupiah buys
#
# Each limit has a price: by how much one more unit of it would raise the bound. It is an estimate and holds for small changes. Lines without a price are not what holds the plan back, however full they look.

# %%
lines = plan.budgets.assign(used_share=plan.budgets["used"] / plan.budgets["amount"], per_million=plan.budgets["price"] * 1e6)
lines[["budget_id", "account", "unit", "amount", "used_share", "per_million"]].sort_values("per_million", ascending=False).head(8).reset_index(drop=True)

# %% [markdown]
# A price belongs to a relaxation in which a seat can be divided, so a line too small for one whole seat can have a price and no spending.
#
# The same question for large changes: plan again under other totals.

# %%
wajib = data.mandates[data.mandates["importance"] == 1]
totals = [0, 40, 80, 120, 160, 200, 240]
again = [kr.allocate(candidates, data, kr.Limits(budget=total * 1_000_000), closures=closures, year=year, **stop) for total in totals]
curve = pd.DataFrame(
    {
        "million": totals,
        "value": [allocation.value for allocation in again],
        "bound": [allocation.bound for allocation in again],
        "mandated": [int((allocation.granted & candidates["course_id"].isin(wajib["course_id"])).sum()) for allocation in again],
    }
)
curve.round(1)

# %%
figure, axes = plt.subplots(figsize=(8, 3.6))
axes.fill_between(curve["million"], curve["value"], curve["bound"], color=AMBER, alpha=0.6, label="not proved")
axes.plot(curve["million"], curve["value"], color=BLUE, marker="o", markersize=4, label="value of the plan")
for point in curve.itertuples():
    axes.annotate(point.mandated, (point.million, point.value), xytext=(0, -16), textcoords="offset points", ha="center", color=GREY)
axes.set(xlabel="total budget, million rupiah (below each point: seats in mandated courses)", ylabel="value", title="What a larger total buys", ylim=(0, None))
axes.legend(frameon=False, loc="lower right")
plt.tight_layout()

# %% [markdown]
# Three things to read from it. Most of the value needs no money, since much e-learning is free. More money can *lower* the value: mandates of importance 1 (such as *Latsar* for staff on probation) come first, as many as the
# total can pay, and they take what would have closed more gap elsewhere; value compares plans only where the same mandates stand. And at the end the curve is flat: the total is no longer what limits, but the lines
# below it, seats, JP and the sessions that one person may have.

# %% [markdown]
# ## Who waits, and why
#
# `waiting` has one row per person with a gap left and a seat that would close some of it: the best such seat, and every limit that granting it would break.

# %%
waiting = plan.waiting.assign(limit=plan.waiting["limits"].str.split("; ")).explode("limit")
waiting["kind"] = waiting["limit"].str.replace(r"\[.*", "", regex=True)
kinds = waiting.groupby("kind").agg(people=("employee_id", "nunique"), value=("value", "sum")).sort_values("people", ascending=False)
alone = plan.waiting[~plan.waiting["limits"].str.contains("; ")]
kinds.assign(only_this=alone["limits"].str.replace(r"\[.*", "", regex=True).value_counts()).fillna(0).astype({"only_this": int})

# %% [markdown]
# `clash` is a seat on the same days or of the same course, `sessions` the three that one person may have, `jp` the ceiling of contract staff (PPPK), `seats` a full class, `min_seats` a class too small to open, `budget` a line. `only_this`
# counts people for whom that is the single obstacle; these are cheap to help.

# %%
masked(plan.waiting[plan.waiting["limits"].str.startswith("budget") & ~plan.waiting["limits"].str.contains("; ")]).nlargest(5, "value")[
    ["employee_id", "course_id", "value", "levels_closed", "fee", "travel", "limits"]
].reset_index(drop=True)

# %% [markdown]
# Do some groups get less?

# %%
seats = plan.enrolments.groupby("employee_id").agg(seats=("session_id", "size"), jp=("jp", "sum"))
people = plan.people.set_index("employee_id").join(seats).fillna({"seats": 0, "jp": 0})
people["no_seat"] = people["seats"] == 0
people.groupby(["employment", "gender"]).agg(people=("name", "size"), seats=("seats", "mean"), jp=("jp", "median"), no_seat=("no_seat", "mean"))

# %% [markdown]
# Women (P) are without a seat more often than men (L). Levels were drawn without looking at gender, so ask what else differs: the tier of their roles. If every tier had
# one rate for all, the groups would be without a seat as often as the second column says.

# %%
rate = people.groupby("tier")["no_seat"].transform("mean")
people.assign(by_tier_alone=rate).groupby("gender").agg(people=("name", "size"), no_seat=("no_seat", "mean"), by_tier_alone=("by_tier_alone", "mean"))

# %%
free = candidates[candidates["fee"] + candidates["travel"] == 0].groupby("employee_id").size()
people["free_seats"] = free.reindex(people.index).fillna(0)
people["woman"] = people["gender"] == "P"
people.groupby("tier").agg(people=("name", "size"), women=("woman", "mean"), no_seat=("no_seat", "mean"), free_seats=("free_seats", "mean"))

# %% [markdown]
# Most of the difference is the tier: senior specialists (*ahli muda* and *ahli madya*) are more often women here, and there are few free seats that would close a gap of theirs (`free_seats`, candidates a person). The rest is a question
# for the people who sign. A floor for a group (`Limits(floors=...)`) would raise it, and its price would be shown.
#
# ## What if
#
# The tables are the interface, so a what-if is a changed table. What would the plan lose without its dearest class? Cancel it and plan again. Differences smaller than the optimality gap say nothing.

# %%
dearest = plan.sessions[plan.sessions["status"] == "open"].nlargest(1, "cost").iloc[0]
cancel = pd.DataFrame([{"decision_id": "D1", "employee_id": "", "session_id": dearest["session_id"], "decision": "cancel", "reason": "What if."}])
without = kr.make_plan(data.with_tables(decisions=cancel), year, **stop)
print(f"without {dearest['title']} ({dearest['session_id']}, {dearest['seats']} seats, Rp{dearest['cost']:,}):")
print(f"  value {plan.certificate['value']:,.1f} -> {without.certificate['value']:,.1f}, cost Rp{plan.cost:,} -> Rp{without.cost:,}")

# %% [markdown]
# ## What this does not say
#
# - Value is weighted gap levels, *expected* to close. That a course closes 0.7 of a step is an assumption until evaluations say otherwise; so are the weights. All of them are settings, and every plan lists them.
# - The bound covers the candidate seats that the recommender offered, 20 courses a person.
# - The plan is a proposal (*usulan*). A person decides.

# %%
written = kr.write_plan(plan, Path(folder.name) / "plan", language="en", masked=True)
sorted(path.name for path in written.iterdir())

# %%
folder.cleanup()
