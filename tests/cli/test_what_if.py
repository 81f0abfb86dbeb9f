"""``what-if`` answers from the plan folder alone, in both languages, and writes nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from karier_reco.cli.progress import Progress
from karier_reco.cli.whatif import shares_around_one
from karier_reco.report import read_plan
from karier_reco.whatif import what_if
from tests import cities
from tests.cli.conftest import Ran, run


@pytest.fixture
def plan(planned: tuple[Path, Ran]) -> Path:
    """The folder of the city's plan within Rp25,200,000."""
    return planned[0]


def rows(ran: Ran) -> dict[str, list[str]]:
    """Take tables apart: the name at the beginning of a line, and the cells after it; the first of each name."""
    cells = [line.split("  ") for line in ran.out.splitlines() if "  " in line]
    return {name: [cell.strip() for cell in others if cell.strip()] for name, *others in reversed(cells)}


def test_it_says_what_the_library_finds(plan: Path) -> None:
    """Value, seats and money, before and after, are those of ``kr.what_if``; the folder stays as it was."""
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in plan.rglob("*") if path.is_file()}
    ran = run("what-if", plan, "--budget", "20000000", "--gap", "0")
    assert (ran.code, ran.err) == (0, "")
    expected = what_if(read_plan(plan), 20_000_000, optimality_gap=0.0).figures.set_index("figure")
    shown = rows(ran)
    assert shown["Seluruh biaya – semua unit"][:2] == ["Rp25.200.000", "Rp20.000.000"]
    value = [f"{number:.2f}".replace(".", ",") for number in expected.loc["value", ["before", "after"]]]
    assert shown["Nilai"][:2] == value
    assert shown["Kursi"][:2] == [str(int(number)) for number in expected.loc["seats", ["before", "after"]]]
    assert shown["Biaya"][1] == f"Rp{int(expected.loc['cost', 'after']):,}".replace(",", ".")
    assert ran.out.startswith("Bagaimana bila pagu berubah: rencana 2027 (usulan)\nData sintetis")
    assert {path: hashlib.sha256(path.read_bytes()).digest() for path in plan.rglob("*") if path.is_file()} == before


def test_without_a_change_only_the_next_rupiah(plan: Path) -> None:
    """Nothing is solved: the plan's own prices, as its budgets table has them, the most valuable first."""
    ran = run("what-if", plan)
    assert ran.code == 0
    prices = pd.read_csv(plan / "tables/budgets.csv").set_index("budget_id")["price"]
    worth = sorted((1e6 * prices[prices > 0]).tolist(), reverse=True)
    assert worth
    shown = [line.rpartition("  ")[2] for line in ran.out.splitlines() if "  Rp" in line]
    assert shown == [f"{number:.4f}".replace(".", ",") for number in worth]
    assert "Hasil" not in ran.out


def test_english(plan: Path) -> None:
    """Every word and number in the language asked for."""
    ran = run("what-if", plan, "--budget=+10%", "--keep", "--curve", "3", "--language", "en", "--gap", "0")
    assert ran.code == 0
    assert ran.out.startswith("What if the budget changes: plan 2027 (proposed)\nSynthetic data")
    assert not [word for word in ("Nilai", "Kursi", "pagu", " pegawai", "Rupiah berikutnya") if word in ran.out]
    shown = rows(ran)
    assert {"Value", "Seats", "highest value", "least change", "50.0 %", "100.0 %", "150.0 %"} <= set(shown)


def test_keep_and_curve_stand_in_the_result(plan: Path) -> None:
    """How many people have other seats, and a line for each point, the present budget among them."""
    ran = run("what-if", plan, "--keep", "--curve", "4", "--work-limit", "20")
    assert ran.code == 0
    shown = rows(ran)
    assert shown["perubahan paling sedikit"][-1] == "0"
    assert {"75,0 %", "100,0 %", "125,0 %", "150,0 %"} <= set(shown)


def test_a_curve_has_the_present_budget_and_even_steps() -> None:
    """Of 20 points nine lie below 1 and ten above, 5 % from each other; of two the second is half as much again."""
    twenty = shares_around_one(20)
    assert [round(share, 9) for share in twenty] == [round(0.55 + 0.05 * at, 9) for at in range(20)]
    assert 1.0 in twenty
    assert shares_around_one(2) == [1.0, 1.5]


def test_lines_and_units_may_be_repeated(plan: Path) -> None:
    """Each change reaches its line; an id may hold an equals sign, for the last one counts."""
    budgets = pd.read_csv(plan / "tables/budgets.csv", keep_default_na=False)
    lines = [line for line in budgets["budget_id"] if line != "total"][:2]
    asked = [word for line in lines for word in ("--line", f"{line}=+50%")]
    ran = run("what-if", plan, *asked)
    assert ran.code == 0
    for line in lines:
        amount = int(budgets.set_index("budget_id").loc[line, "amount"])
        assert f"Rp{round(1.5 * amount):,}".replace(",", ".") in ran.out


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--budget", "10%"), "'10%' bukan perubahan pagu"),
        (("--line", "FEE"), "'FEE' tidak menyebut apa yang berubah"),
        (("--line", "FEE=banyak"), "'banyak' bukan perubahan pagu"),
        (("--line", "TIDAK-ADA=+1%"), "tidak ada baris pagu 'TIDAK-ADA' dalam rencana"),
        (("--unit", "TIDAK-ADA=+1%"), "tidak ada baris pagu untuk perangkat daerah 'TIDAK-ADA'"),
        (("--curve", "1"), "--curve"),
        (("--gap", "2"), "--gap"),
    ],
)
def test_wrong_use(plan: Path, option: tuple[str, str], message: str) -> None:
    """Exit 2, nothing on standard output, what stands there and what to write."""
    ran = run("what-if", plan, *option)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_less_than_nothing_is_bad_data(plan: Path) -> None:
    """Taking away more than there is: exit 3 with the amount that would be left."""
    ran = run("what-if", plan, "--budget", "-25200001")
    assert (ran.code, ran.out) == (3, "")
    assert "got -1 after the change; expected at least 0" in ran.err


def test_a_changed_folder_is_refused(plan: Path, tmp_path: Path) -> None:
    """A file other than written: exit 1, as for ``explain`` and ``verify``; no plan folder: exit 2."""
    import shutil

    copy = tmp_path / "rencana"
    shutil.copytree(plan, copy)
    (copy / "waiting.csv").write_text("lain")
    assert run("what-if", copy, "--budget", "+1%").code == 1
    assert run("what-if", tmp_path).code == 2


def test_locks_that_do_not_fit_end_with_4_and_no_nip(city: Path, tmp_path: Path) -> None:
    """A locked seat with a fee, and no money: exit 4, the lock named by the last three digits of the NIP."""
    from tests.cli.conftest import write_city

    decisions = pd.DataFrame(
        [("D1", cities.NIPS["004"], "S3", "lock", "Sudah terdaftar")],
        columns=["decision_id", "employee_id", "session_id", "decision", "reason"],
    )
    folder, out = write_city(tmp_path / "kota", decisions=decisions), tmp_path / "rencana"
    assert run("plan", folder, "--year", "2027", "--budget", "25200000", "--out", out).code == 0
    ran = run("what-if", out, "--budget", "0")
    assert (ran.code, ran.out) == (4, "")
    assert "lock[…004, S3]" in ran.err
    assert "budget[total]" in ran.err
    assert cities.NIPS["004"] not in ran.err


def test_no_nip_in_any_result(plan: Path) -> None:
    """What is printed speaks of units and counts, never of a person."""
    ran = run("what-if", plan, "--budget", "-Rp5.000.000", "--keep", "--curve", "3")
    assert ran.code == 0
    assert not [nip for nip in cities.NIPS.values() if nip in ran.out + ran.err]
    assert not [name for name in cities.frames()["employees"]["name"] if f" {name} " in ran.out]


def test_ctrl_c_prints_the_best_so_far(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who has seen enough gets the plan that there is, as with ``plan``."""

    def press(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "solver", press)
    ran = run("what-if", plan, "--budget", "+10%")
    assert ran.code == 0
    assert "Nilai" in ran.out
