"""The tables of terraform/README.md are those of the configuration."""

from __future__ import annotations

import re
from pathlib import Path

TERRAFORM = Path(__file__).parents[2] / "terraform"
PAGE = (TERRAFORM / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> dict[str, str]:
    """Name -> body of every variable or output of the root module."""
    text = "".join(file.read_text(encoding="utf-8") for file in TERRAFORM.glob("*.tf"))
    return dict(re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL))


def said(body: str, argument: str) -> str:
    found = re.search(rf"^  {argument} += (.*)$", body, re.MULTILINE)
    assert found, body
    return found[1]


def test_every_variable_stands_in_the_table_with_its_default_and_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert {name: (default, f'"{meaning}"') for name, default, meaning in rows} == {
        name: (said(body, "default"), said(body, "description")) for name, body in blocks("variable").items()
    }


def test_every_output_stands_in_the_table_with_its_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^`|][^|]*) \|$", PAGE.partition("## Outputs")[2], re.MULTILINE)
    assert {name: f'"{meaning}"' for name, meaning in rows} == {
        name: said(body, "description") for name, body in blocks("output").items()
    }
