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
# # Can I trust these tables?
#
# A plan is as good as its tables. An analyst gets an export, and has an hour before the meeting. What is broken, what is implausible, what is missing, and what would each of these do to a plan?
#
# **All data here is synthetic.** The generator makes an agency of 500 civil servants (ASN). We spoil its tables ourselves, in the ways that offices and spreadsheets do, so that we know what there is to find.
#
# `python notebooks/render.py` runs this script and writes the notebook beside it.

# %%
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

import karier_reco as kr

ROOT = next(folder for folder in [Path.cwd(), *Path.cwd().parents] if (folder / "datasets" / "generate.py").exists())
pd.set_option("display.max_colwidth", 150, "display.precision", 3)
year, as_of = 2027, date(2026, 12, 31)

folder = tempfile.TemporaryDirectory()
made = [sys.executable, str(ROOT / "datasets" / "generate.py"), "--people", "500", "--seed", "1", "--out", folder.name]
subprocess.run(made, check=True)
settings = kr.Settings(synthetic=True, agency="Agency of 500 (synthetic)")
clean = kr.load(folder.name, settings)
clean


# %% [markdown]
# ## What the program says, as a table
#
# Every problem is a record: severity, kind, table, place, value found, and a sentence with the rule and what to do. An error raises `DataError`, which carries all of them; warnings stay with the Dataset.


# %%
def problems_of(frames, settings=settings):
    """Return every problem as a table, whether or not the tables can be used."""
    try:
        found = kr.Dataset.from_frames(frames, settings).problems
    except kr.DataError as error:
        found = error.problems
    return pd.DataFrame([vars(problem) for problem in found], columns=["severity", "kind", "table", "place", "text"])


tables = {name: frame for name, frame in clean.frames.items() if len(frame)}
problems_of(tables)

# %% [markdown]
# None: the generator's tables are sound. Now the export goes through a spreadsheet that takes the NIP for a number. It keeps 15 digits:

# %%
through_a_spreadsheet = tables["employees"].assign(
    employee_id=tables["employees"]["employee_id"].str[:15] + "000"
)
broken = problems_of(tables | {"employees": through_a_spreadsheet})
print(broken.groupby(["severity", "kind", "table"]).size().to_string())
broken["text"].iloc[0]

# %% [markdown]
# Every number is reported. Where the fifteen digits that are left are those of another row too, each row names the others (`nip_merged`): they were different people, and nothing merges them. What the spreadsheet wrote over
# cannot be computed; the remedy is another export. The thousands of rows in other tables that refer to these people are one line per table.
#
# ## Numbers and dates that read two ways
#
# The next export writes money and dates as Indonesians do. Undeclared, it is refused, with both readings; declared, it is the same Dataset to the last cell.

# %%
sessions = tables["sessions"]
written = sessions.assign(
    fee=[f"{fee:,}".replace(",", ".") for fee in sessions["fee"]],
    starts_on=sessions["starts_on"].dt.strftime("%d/%m/%Y"),
    ends_on=sessions["ends_on"].dt.strftime("%d/%m/%Y"),
)
undeclared = problems_of(tables | {"sessions": written})
print(undeclared.groupby(["kind"]).size().to_string())
declared = kr.Settings(synthetic=True, agency=settings.agency, numbers="id", dates="day_first")
kr.Dataset.from_frames(tables | {"sessions": written}, declared).hashes == clean.hashes

# %% [markdown]
# ## Right in form, implausible in content
#
# Tables can keep every rule and still be wrong. Such things are warnings: they stop nothing, and a person must look. Two classics: a budget typed in thousands of rupiah, and the columns of assessed and standard levels swapped.

# %%
in_thousands = tables["budgets"].assign(amount=tables["budgets"]["amount"] // 1000)
money = problems_of(tables | {"budgets": in_thousands})
money[["severity", "kind", "table", "text"]]

# %%
standards, assessments = tables["standards"], tables["assessments"]
roles = tables["employees"].set_index("employee_id")["role_id"]
key = pd.MultiIndex.from_arrays([assessments["employee_id"].map(roles), assessments["competency_id"]])
wanted = standards.set_index(["role_id", "competency_id"])["level"].reindex(key).to_numpy()
swapped = assessments.assign(level=np.where(np.isnan(wanted), assessments["level"], np.nan_to_num(wanted)).astype(int))
shown = assessments.assign(role_id=key.get_level_values(0)).groupby(["role_id", "competency_id"])["level"].median()
lowered = standards.assign(
    level=[
        max(1, int(shown.get((role, competency), level)))
        for role, competency, level in standards[["role_id", "competency_id", "level"]].itertuples(index=False)
    ]
)
problems_of(tables | {"assessments": swapped, "standards": lowered})[["severity", "kind", "table", "text"]]

# %% [markdown]
# ## Complete enough?
#
# What is *missing* is no error either. `data_quality` counts it: of how many people every standard of their role was assessed, some, or none, how old the assessments are, which courses say nothing of what they teach, which standards nobody's role has.

# %%
quality = kr.data_quality(clean, as_of)
quality.units[["unit", "people", "every", "some", "none", "never"]].sort_values("none", ascending=False).head(8)

# %%
quality.assessments.groupby(["age", "source"])["rows"].sum().unstack(fill_value=0)

# %%
print(len(quality.competencies), "competencies are wanted that no course teaches")
print(len(quality.courses), "courses teach nothing that is known, or have no session to come:")
quality.courses[["title", "form", "outcomes", "ahead"]].head()

# %% [markdown]
# ## What does a doubt cost?
#
# A missing assessment is *unknown*, not zero: the program expects the gap of the person's peers, at half weight. How much would the plan change if unknown meant *no need*? If the answer is "little", the doubt is cheap; if not, assess before you plan.

# %%
work = {"time_limit": None, "work_limit": 5}
strict = kr.Dataset.from_frames(tables, kr.Settings(synthetic=True, agency=settings.agency, unassessed="none"))
plans = {"peers' gap, half weight": kr.make_plan(clean, year, **work), "no need": kr.make_plan(strict, year, **work)}
seats = {name: set(plan.enrolments[["employee_id", "session_id"]].itertuples(index=False)) for name, plan in plans.items()}
first, second = seats.values()
print(f"{len(first)} and {len(second)} seats; {len(first & second) / len(first | second):.0%} of them in both plans")
pd.Series({name: plan.certificate["value"] for name, plan in plans.items()}, name="value")

# %%
folder.cleanup()

# %% [markdown]
# ## What this does not tell
#
# The checks know what a table *may* hold and what is *unusual*. They cannot know that a supervisor gave everybody a 3 out of kindness, or that a course teaches less than its entry says. That is what tests after courses are for.
# The list goes to the office that owns the table: `karier-reco check FOLDER --out problems.xlsx --page quality.html` writes it as a workbook with a link to every cell, and a page to talk about.
