"""The reference pages say what the package is: nothing missing, nothing that is not there."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from dataclasses import MISSING, Field, fields
from types import ModuleType
from typing import Any

import pytest

import karier_reco as kr
from karier_reco import errors
from karier_reco.settings import EXCLUDABLE, Limits, Settings
from tests.prose.pages import DOCS, ROOT, blocks

REFERENCE = DOCS / "reference"
SOURCE = ROOT / "src" / "karier_reco"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_reference", DOCS / "generate_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["rules", "command_line"])
def test_the_generated_page_is_current(name: str) -> None:
    """Whoever changes a rule or a command runs ``python docs/generate_reference.py``, else the page would be false."""
    page = REFERENCE / f"{name.replace('_', '-')}.md"
    assert page.read_text(encoding="utf-8") == getattr(_generator(), f"{name}_page")()


def _table(heading: str) -> dict[str, str]:
    """Return key and default of the rows below a heading of the settings page."""
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, flags=re.MULTILINE))


def _as_toml(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_as_toml(item)}" for key, item in value.items())
        return "{" + inner + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


@pytest.mark.parametrize(("record", "heading"), [(Settings, "Settings"), (Limits, "Limits")])
def test_every_setting_stands_there_with_its_default(record: type, heading: str) -> None:
    """The settings page is written by hand: each field in order, and the default that the code has."""
    shown = _table(heading)
    assert list(shown) == [field.name for field in fields(record)]
    for field in fields(record):
        value = _default(field)
        in_words = ("none", "from the rules") if value is None else (f"`{_as_toml(value)}`",)
        assert shown[field.name] in in_words, f"{field.name}: the page says {shown[field.name]}, the code {value!r}"


def test_the_settings_file_on_the_page_is_one() -> None:
    """Who copies the TOML gets settings, with what it does not name at its default."""
    page = REFERENCE / "settings.md"
    (toml,) = [block.text for block in blocks(page) if block.language == "toml"]
    from karier_reco.settings import from_mapping

    settings = from_mapping(Settings, tomllib.loads(toml))
    assert settings.kappa == 0.7
    assert settings.exclude["employment"] == ("PPPK_PW",)
    assert dict(settings.importance_weight) == {1: 5.0, 2: 2.0, 3: 1.0}
    assert f"`{', '.join(EXCLUDABLE)}`" in page.read_text(encoding="utf-8")


def test_the_api_page_has_every_public_name_once() -> None:
    """A name that is public and not documented is a promise that nobody knows of."""
    page = (REFERENCE / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\.\. auto\w+:: (\w+)$", page, flags=re.MULTILINE)
    assert sorted(shown) == sorted(set(kr.__all__) - {"__version__"})


def test_the_errors_page_has_every_error() -> None:
    """Every error class stands in the table with what it also is, and the attributes that its code sets."""
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    rows = {row[0]: row for row in re.findall(r"^\| `(\w+)` \| (.*?) \| .*? \| (.*?) \|", page, flags=re.MULTILINE)}
    ours = {
        name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, kr.KarierError)
    }
    assert set(rows) == set(ours)
    for name, kind in ours.items():
        for parent in re.findall(r"`(\w+)`", rows[name][1]):
            assert parent in {base.__name__ for base in kind.__mro__}, f"{name} is no {parent}"


def test_the_architecture_page_names_every_module() -> None:
    """Each part of the package has its row, and the row of a package names its modules, no more and no fewer."""
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    rows = {}
    for line in re.findall(r"^\| (`.*)$", page, flags=re.MULTILINE):
        part, modules = line.split("|")[:2]
        rows |= {name: set(re.findall(r"`(\w+)`", modules)) for name in re.findall(r"`(\w+)`", part)}
    assert rows == _parts()


def _parts() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"data": set()}
    for path in SOURCE.rglob("*.py"):
        first, *rest = path.relative_to(SOURCE).with_suffix("").parts
        if first != "__init__":
            found.setdefault(first, set()).update(name for name in rest if name != "__init__")
    return found


def test_the_architecture_page_gives_the_order_that_is_enforced() -> None:
    """The line of who may import whom has the parts in the order of import-linter's layers."""
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^cli > .*$", page, flags=re.MULTILINE)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    layers = [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    stages = {"gaps", "recommender", "value", "allocation", "plan", "auditing", "quality", "siasn", "whatif"}
    shown = [set(re.findall(r"\w+", part.replace("the stages and", " ".join(stages)))) for part in line.split(" > ")]
    present = set(_parts())
    assert shown == [layer & present for layer in layers]


def test_the_changelog_tells_what_is_to_come() -> None:
    """There is a section for what is not released, and every section has a form that tools read."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", section) for section in sections[1:])
    kinds = set(re.findall(r"^### (.*)$", text, flags=re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_version_is_the_same_everywhere() -> None:
    """The package, its metadata and the citation are of one version."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert metadata["version"] == kr.__version__
    assert f"\nversion: {kr.__version__}\n" in citation
