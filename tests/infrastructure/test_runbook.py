"""The runbook names what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["docs/operations.md", "docs/pipeline.md"]


def page(name: str) -> str:
    return (ROOT / name).read_text()


def terraform() -> str:
    return "\n".join(file.read_text() for file in sorted((ROOT / "terraform").glob("*.tf")))


def anchors(text: str) -> set[str]:
    """The headings' names in links, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_alarm_is_explained_and_no_other() -> None:
    alarms = page("terraform/modules/alarms/main.tf")
    made = set(re.findall(r"^    ([a-z-]+) = \{\n      about", alarms, re.MULTILINE))
    made |= set(re.findall(r'alarm_name\s+= "\$\{var\.name\}-([a-z-]+)"', alarms))
    explained = page("docs/operations.md").partition("## What each alarm means")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", explained, re.MULTILINE)) == made
    assert len(made) >= 7


@pytest.mark.parametrize("name", PAGES)
def test_every_output_of_terraform_that_is_used_is_there(name: str) -> None:
    used = set(re.findall(r"(?:(?<!-)\boutput |output -raw )([a-z_]+)", "\n".join(commands(name))))
    assert used
    assert used <= set(re.findall(r'^output "(\w+)"', terraform(), re.MULTILINE))


def test_terraform_prints_the_variables_that_the_pipeline_page_asks_for() -> None:
    printed = terraform().partition('output "github_variables"')[2].partition("\n}\n")[0]
    asked_for = re.findall(r"^\| `([A-Z_]+)` \|", page("docs/pipeline.md"), re.MULTILINE)
    assert set(re.findall(r"^    ([A-Z_]+)\s+=", printed, re.MULTILINE)) == set(asked_for)


def test_every_setting_of_terraform_that_is_named_is_there() -> None:
    named = set(
        re.findall(r"`([a-z]+_[a-z_]+)`", page("docs/operations.md").partition("## What is where")[0])
    )
    variables = set(re.findall(r'^variable "(\w+)"', terraform(), re.MULTILINE))
    assert {"image_tag", "certificate_arn", "maximum_count"} <= named
    assert {word for word in named if word not in {"alarm_name", "loaded_at"}} <= variables


def commands(name: str) -> list[str]:
    """Lines to be typed, and code within lines."""
    text = page(name)
    return re.findall(r"^    (.+)$", text, re.MULTILINE) + re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("name", PAGES)
def test_every_script_and_every_make_target_is_there(name: str) -> None:
    text = "\n".join(commands(name))
    assert [path for path in re.findall(r"\bscripts/[\w./]+", text) if not (ROOT / path).is_file()] == []
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", text)) <= targets


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)", page(name))
    assert links
    for path, anchor in links:
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text()), anchor
