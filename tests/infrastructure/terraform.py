"""terraform/ in a copy that the provider 3.39 can apply to a server that speaks AWS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes.s3 import s3_environment

ROOT = Path(__file__).parents[2]
MIRROR = ROOT / "build/terraform/apply.tfrc"
"""Where to find the provider if the registry cannot be reached; see .ci/terraform.sh."""

PROVIDER = "3.39.0"
"""The newest that is to be had without the registry. What it does not know is in modules/bucket_rules,
modules/memory and modules/keys/value.tf."""

SERVICES = (
    *(
        "applicationautoscaling",
        "cloudwatch",
        "cloudwatchevents",
        "cloudwatchlogs",
        "ec2",
        "ecr",
        "ecs",
        "elb",
    ),
    *("iam", "s3", "secretsmanager", "sns", "sts"),
)

OVERRIDE = """
provider "aws" {
  s3_force_path_style         = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  endpoints {
    %s
  }
}
"""

OLDER = {
    # Addresses outside a VPC are gone from EC2 and from newer providers; this one wants to be told.
    "modules/network": 'resource "aws_eip" "nat" {\n  vpc = true\n}\n',
}
"""What this provider must be told besides, by module."""


@dataclass(frozen=True)
class Plan:
    """What Terraform would change, in its own words."""

    changes: bool
    text: str


@dataclass(frozen=True)
class Terraform:
    """A folder with a copy of terraform/ in it, and a state of its own."""

    folder: Path
    environment: Mapping[str, str]

    def init(self) -> None:
        """Find the provider."""
        self._run("terraform -chdir=terraform init")

    def apply(self) -> None:
        """Make it so."""
        self._run("terraform -chdir=terraform apply")

    def plan(self) -> Plan:
        """What is not as it should be."""
        plan = self._run("terraform -chdir=terraform plan -detailed-exitcode", also=2)
        return Plan(plan.returncode == 2, plan.stdout)

    def refused(self, command: str) -> str:
        """What Terraform says when it refuses, on one line; empty if it does not."""
        refused = self._run(f"terraform -chdir=terraform {command}", also=1)
        return " ".join(refused.stderr.split()) if refused.returncode else ""

    def follow(self, output: str, *programs: str) -> None:
        """Do as an output says, line by line, as far as it uses these programs."""
        for line in self._run(f"terraform -chdir=terraform output -raw {output}").stdout.splitlines():
            if line.startswith(tuple(f"{program} " for program in programs)):
                self._run(line)

    def _run(self, command: str, *, also: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a line of shell; fails unless it exits with 0 or `also`."""
        done = subprocess.run(  # noqa: S602 - outputs are lines to paste into a shell
            command.replace(".venv/bin/python ", f"{sys.executable} "),
            shell=True,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, also):
            pytest.fail(f"{command}\n{done.stdout[-10_000:]}{done.stderr}")
        return done


def copied(to: Path, url: str, variables: str) -> Terraform:
    """A copy that is ready to be applied, with the contents of a file of variables."""
    if shutil.which("terraform") is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("terraform is not installed")
    copy = to / "terraform"
    unwanted = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars", "tests")
    shutil.copytree(ROOT / "terraform", copy, ignore=unwanted)
    for file in (copy / "modules/bucket_rules").iterdir():
        if file.name not in ("variables.tf", "versions.tf"):
            file.unlink()
    (copy / "modules/keys/value.tf").unlink()
    (copy / "modules/memory/main.tf").unlink()
    (copy / "modules/memory/outputs.tf").write_text('output "url" {\n  value = ""\n}\n')
    for file in copy.rglob("*.tf"):
        file.write_text(re.sub(r'"~> 6\.\d+"', f'"{PROVIDER}"', file.read_text()))
    (copy / "server_override.tf").write_text(
        OVERRIDE % "\n    ".join(f'{name} = "{url}"' for name in SERVICES)
    )
    for module, besides in OLDER.items():
        (copy / module / "older_override.tf").write_text(besides)
    (copy / "terraform.tfvars").write_text(variables)
    terraform = Terraform(to, _environment(url))
    terraform.init()
    return terraform


def _environment(url: str) -> dict[str, str]:
    """This process's, without what is configured for Terraform and AWS; nobody is asked."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    environment |= s3_environment(url)
    environment |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    for verb in ("init", "apply", "destroy", "plan"):
        environment[f"TF_CLI_ARGS_{verb}"] = "-no-color"
    for verb in ("apply", "destroy", "plan"):
        environment[f"TF_CLI_ARGS_{verb}"] += " -parallelism=30"
    for verb in ("apply", "destroy"):
        environment[f"TF_CLI_ARGS_{verb}"] += " -auto-approve"
    if MIRROR.exists():
        environment["TF_CLI_CONFIG_FILE"] = str(MIRROR)
    return environment
