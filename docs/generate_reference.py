"""Write ``docs/reference/rules.md`` and ``command-line.md`` from the package: ``python docs/generate_reference.py``."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stdout, suppress
from pathlib import Path
from unittest.mock import patch

from karier_reco.cli import main
from karier_reco.rules import Form, Rule, forms, rules

REFERENCE = Path(__file__).parent / "reference"
COMMANDS = ("check", "plan", "explain", "verify", "what-if", "template", "siasn", "example")

RULES = """\
# Rules and forms of training

<!-- Written by docs/generate_reference.py from src/karier_reco/data/. Change those. -->

What regulations and practice settle is data: each value with its source, the day it holds from, and how sure we are
of it. Confidence: A legal text or official figure seen, B one credible source, C weak, M from memory or derived.

## Rules

| rule | value | in words | from | source | confidence |
|---|---|---|---|---|---|
"""

FORMS = """
## Forms of training

`blocks`: nobody attends two such sessions on the same day. Effectiveness is the share of a step that is taken to close
before any evaluation; 0.7 is assumed.

| form | Indonesian | JP | blocks | effectiveness | source | confidence |
|---|---|---|---|---:|---|---|
"""

COMMAND_LINE = """\
# Command line

<!-- Written by docs/generate_reference.py from the command line itself. -->

The words are Indonesian unless `--language en` is given, before or after the command. Results go to standard output,
errors to standard error; progress shows on a terminal only.

| exit code | meaning |
|---:|---|
| 0 | done |
| 1 | a plan does not verify, or an unforeseen error |
| 2 | usage |
| 3 | bad data |
| 4 | limits contradict each other |
| 5 | no plan found in the time given |
| 130 | stopped |

"""


def rules_page() -> str:
    """Return the page of rules and forms."""
    return RULES + "".join(map(_rule, rules())) + FORMS + "".join(map(_form, forms().values()))


def _rule(rule: Rule) -> str:
    return f"| `{rule.name}` | `{rule.value}` | {rule.rule} | {rule.valid_from} | {rule.source} | {rule.confidence} |\n"


def _form(form: Form) -> str:
    jp = "as the course says" if form.jp_per_unit is None else f"{form.jp_per_unit} a {form.unit}"
    blocks = "yes" if form.blocks_dates else ""
    facts = (f"`{form.form}`", form.name_id, jp, blocks, str(form.effectiveness), form.source, form.confidence)
    return f"| {' | '.join(facts)} |\n"


def command_line_page() -> str:
    """Return the page of commands: the help of each."""
    return COMMAND_LINE + "\n".join(f"## {name}\n\n```text\n{_help(name)}```\n" for name in COMMANDS)


def _help(command: str) -> str:
    out = io.StringIO()
    # click breaks lines at the width of the terminal, at most 80
    with patch.dict(os.environ, COLUMNS="80"), redirect_stdout(out), suppress(SystemExit):
        main([command, "--help", "--language", "en"])
    return out.getvalue()


if __name__ == "__main__":
    (REFERENCE / "rules.md").write_text(rules_page(), encoding="utf-8")
    (REFERENCE / "command-line.md").write_text(command_line_page(), encoding="utf-8")
