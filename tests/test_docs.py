"""The documents say what the code does: every setting, every link, every decision."""

import re
from pathlib import Path

import pytest

from pulseboard.config import Settings, variables_of
from tests import settings_page

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_settings_page_is_up_to_date():
    written = settings_page.PAGE.read_text(encoding="utf-8")
    assert written == settings_page.page(), "run make docs"


def test_env_example_is_up_to_date():
    written = settings_page.EXAMPLE.read_text(encoding="utf-8")
    assert written == settings_page.example(), "run make docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_means_and_what_it_looks_like(name):
    field = Settings.model_fields[name]
    assert settings_page.described(field).endswith(".")
    assert settings_page.expected(field)
    assert f"`{variables_of(field)[0]}`" in settings_page.page()
    assert f"\n#{variables_of(field)[0]}=" in settings_page.example()


def test_no_default_port_collides_with_those_the_kernel_hands_out():
    ports = [field.default for name, field in Settings.model_fields.items() if "port" in name]
    assert all(port <= 32_768 for port in ports)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_something(path):
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(((?!https?:|#)[^)\s#]+)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_decisions_are_numbered_without_a_gap():
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert numbers == list(range(1, len(numbers) + 1))
