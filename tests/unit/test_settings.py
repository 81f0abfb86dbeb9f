"""Settings, limits, rules, forms and texts: what they accept, what they refuse, and in which words."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest

from karier_reco.errors import SettingsError
from karier_reco.rules import codes, forms, rule, rules
from karier_reco.settings import Limits, Settings, as_plain, from_mapping
from karier_reco.texts import LANGUAGES, catalogue, names_in, text


def test_settings_are_read_from_toml(tmp_path: Path) -> None:
    """What the file names is taken, a part of a table too; the rest keeps its default; 1 becomes 1.0."""
    path = tmp_path / "settings.toml"
    path.write_text('agency = "Kota"\nkappa = 1\n[importance_weight]\n1 = 5.0\n[exclude]\nrole_id = ["GURU"]\n')
    settings = Settings.from_toml(path)
    assert (settings.agency, settings.kappa, settings.step) == ("Kota", 1.0, 1)
    assert dict(settings.importance_weight) == {1: 5.0, 2: 2.0, 3: 1.0}
    assert dict(settings.exclude) == {"role_id": ("GURU",)}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kapa": 1}, "settings: got 'kapa'; expected one of agency, .* Did you mean 'kappa'?"),
        ({"kappa": "x"}, "settings, kappa: got 'x'; expected a value like 0.6"),
        ({"kappa": 2.0}, "settings, kappa: got 2.0; expected a number from 0 to 1"),
        ({"step": True}, "settings, step: got True; expected a value like 1"),
        ({"step": 6}, "settings, step: got 6; expected a whole number from 1 to 5"),
        ({"unassessed": "zero"}, r"settings, unassessed: got 'zero'; expected one of \['expected', 'none'\]"),
        ({"numbers": "de"}, r"settings, numbers: got 'de'; expected one of \['plain', 'id', 'en'\]"),
        ({"tables": {"pegawai": "x"}}, "settings, tables: got 'pegawai'; expected one of employees, units"),
        ({"tables": {"roles": " "}}, "settings, tables.roles: got ' '; expected its name at the agency"),
        ({"columns": {"pegawai": {}}}, "settings, columns: got 'pegawai'; expected one of employees, units"),
        ({"columns": {"roles": {"nama": "x"}}}, "settings, columns.roles: got 'nama'; expected one of role_id, title"),
        ({"columns": {"roles": {"title": 1}}}, "settings, columns.roles.title: got 1; expected its heading"),
        ({"columns": {"roles": "title"}}, "settings, columns.roles: got 'title'; expected a name for each column"),
        ({"importance_weight": {"4": 1.0}}, "importance_weight: got .*; expected one number for each of"),
        ({"importance_weight": 3}, "importance_weight: got 3; expected a table of values"),
        ({"purpose_weight": {"next": -1.0}}, "purpose_weight.next: got -1.0; expected 0 or more"),
        ({"exclude": {"name": ["x"]}}, "exclude: got 'name'; expected one of"),
        ({"exclude": {"role_id": "x"}}, "exclude.role_id: got 'x'; expected a list of values"),
    ],
)
def test_impossible_settings_are_refused(given: dict[str, object], says: str) -> None:
    """Each error names the setting, what stands there and what may."""
    with pytest.raises(SettingsError, match=says) as caught:
        from_mapping(Settings, given)
    assert caught.value.name


def test_text_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    """The error names the file and says what is expected."""
    path = tmp_path / "settings.toml"
    path.write_text("agency: Kota")
    with pytest.raises(SettingsError, match=r"settings.toml: got text that is not TOML"):
        Settings.from_toml(path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"budget": -1}, "budget: got -1"),
        ({"budget": 1.5}, "budget: got 1.5"),
        ({"max_sessions": -1}, "max_sessions: got -1"),
        ({"away_share": 1.2}, "away_share: got 1.2"),
        ({"max_jp": {"PPPK": 2.5}}, "max_jp.PPPK: got 2.5"),
    ],
)
def test_impossible_limits_are_refused(given: dict[str, object], says: str) -> None:
    """Limits are whole and not negative, shares between 0 and 1."""
    with pytest.raises(SettingsError, match=says):
        Limits(**given)  # type: ignore[arg-type]  # that is the point


def test_records_cannot_be_changed_and_can_be_sent() -> None:
    """Mappings inside are read only; a record pickles, as joblib's processes need, and comes back equal."""
    settings = Settings(exclude={"role_id": ("X",)})
    with pytest.raises(TypeError):
        settings.importance_weight[1] = 9.0  # type: ignore[index]  # that is the point
    again = pickle.loads(pickle.dumps(settings))  # noqa: S301  # our own bytes
    assert again == settings
    assert from_mapping(Settings, as_plain(settings)) == settings
    assert from_mapping(Limits, as_plain(Limits(max_jp={"PPPK": 24}))) == Limits(max_jp={"PPPK": 24})


def test_every_rule_has_a_source() -> None:
    """A rule without source, confidence or beginning is nobody's rule."""
    for entry in rules():
        assert entry.source
        assert entry.confidence in ("A", "B", "C", "M")
        assert entry.valid_to is None or entry.valid_from <= entry.valid_to


def test_a_rule_holds_on_its_days_only() -> None:
    """20 JP is in force since April 2017; before, and under another name, there is no such rule."""
    assert rule("target_jp", date(2027, 1, 1)).value == {"PNS": 20}
    with pytest.raises(SettingsError, match="rules: got 'target_jp' on 2016-01-01"):
        rule("target_jp", date(2016, 1, 1))
    with pytest.raises(SettingsError, match="rules: got 'jp_target'"):
        rule("jp_target")


@pytest.mark.parametrize(
    ("form", "starts", "ends", "jp"),
    [
        ("seminar", date(2027, 3, 1), date(2027, 3, 1), 4),
        ("workshop", date(2027, 3, 1), date(2027, 3, 3), 15),
        ("coaching", date(2027, 3, 1), date(2027, 5, 1), 8),
        ("degree", date(2027, 1, 4), date(2027, 7, 1), 20),
        ("internship", date(2027, 1, 4), date(2027, 2, 4), 20),
        ("course", date(2027, 3, 1), date(2027, 3, 5), None),
    ],
)
def test_jp_by_form(form: str, starts: date, ends: date, jp: int | None) -> None:
    """4 JP a seminar day, 5 a workshop day, 4 a month of coaching (62 days are two), 20 a semester or an internship.

    A course says its own JP.
    """
    assert forms()[form].jp(starts, ends) == jp


def test_codes_are_those_of_the_data() -> None:
    """Lists of codes come from the rules and the forms, or are the codes given."""
    assert "PPPK" in codes("employments")
    assert "e-learning" in codes("forms")
    assert codes(("a", "b")) == ("a", "b")


def test_no_text_is_missing_in_either_language() -> None:
    """Every text is there in both languages, not empty, with the same names to fill in."""
    for key, texts in catalogue().items():
        assert set(texts) == set(LANGUAGES), key
        assert all(words.strip() for words in texts.values()), key
        assert names_in(texts["id"]) == names_in(texts["en"]), key


def test_unknown_texts_are_refused() -> None:
    """A key or a name that is not there, and a language that nobody wrote, are errors and not blanks."""
    with pytest.raises(SettingsError, match=r"texts, no\.such: got no 'no\.such'"):
        text("no.such")
    with pytest.raises(SettingsError, match="got no 'reason'"):
        text("reason.mandate", "id", other=1)
    with pytest.raises(SettingsError, match="language: got 'jv'"):
        text("reason.mandate", "jv")  # type: ignore[arg-type]  # that is the point
