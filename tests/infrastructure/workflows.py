"""The workflows, and their steps as GitHub runs them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
WORKFLOWS: Mapping[str, dict[str, Any]] = {file.name: yaml.safe_load(file.read_text()) for file in FILES}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """All jobs with their names."""
    for workflow in WORKFLOWS.values():
        yield from workflow["jobs"].items()


def scripts() -> list[str]:
    """What is run in all steps."""
    return [step["run"] for _, job in jobs() for step in job.get("steps", ()) if "run" in step]


def deploy_step(name: str) -> str:
    """What a step of the deployment runs."""
    (script,) = (
        str(step["run"])
        for step in WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["steps"]
        if step.get("name") == name
    )
    return script


def bash(
    script: str, environment: Mapping[str, str], folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does, with this environment and the PATH."""
    return subprocess.run(  # noqa: S603 - a step of our own workflow
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
