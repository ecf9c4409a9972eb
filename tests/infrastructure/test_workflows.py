"""The workflows say what is there, ask for no more than they need, and their steps do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from infrastructure.workflows import FILES, ROOT, WORKFLOWS, bash, deploy_step, jobs, scripts


def test_there_are_workflows_with_steps() -> None:
    assert set(WORKFLOWS) == {"ci.yml", "deploy.yml"}
    assert len(scripts()) >= 8


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).parent / "zizmor"
    found = subprocess.run(  # noqa: S603 - a program that came with the tests' requirements
        [zizmor, "--offline", "--persona=pedantic", "--no-progress", ROOT / ".github"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


def test_every_make_target_and_every_script_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = "\n".join(scripts())
    made = set(re.findall(r"\bmake ([a-z-]+)", commands))
    assert {"check", "test", "pipeline", "image", "smoke", "terraform"} == made
    assert made <= targets
    named = set(re.findall(r"\b(?:scripts|requirements)/[\w./-]+", commands))
    assert len(named) == 3
    assert [name for name in named if not (ROOT / name).is_file()] == []
    assert os.access(ROOT / "scripts/push.sh", os.X_OK)


@pytest.mark.parametrize("script", scripts())
def test_every_script_is_bash_and_nothing_is_pasted_into_it(script: str) -> None:
    assert subprocess.run(["/bin/bash", "-n", "-c", script], check=False).returncode == 0  # noqa: S603 - not run
    assert "${{" not in script


def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is() -> None:
    lines = [line.strip(" -") for file in FILES for line in file.read_text().splitlines() if "uses:" in line]
    ours = [line for line in lines if line.startswith("uses: ./")]
    pinned = [line for line in lines if re.fullmatch(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)]
    assert len(ours) + len(pinned) == len(lines)
    by_action: dict[str, set[str]] = {}
    for line in pinned:
        by_action.setdefault(line.partition("@")[0], set()).add(line)
    assert [versions for versions in by_action.values() if len(versions) > 1] == []


def test_only_the_deployment_may_ask_for_credentials() -> None:
    assert all(workflow["permissions"] == {} for workflow in WORKFLOWS.values())
    asking = {name: job["permissions"] for name, job in jobs() if job["permissions"] != {"contents": "read"}}
    assert asking == {"deploy": {"contents": "read", "id-token": "write"}}
    assert WORKFLOWS["deploy.yml"]["jobs"]["deploy"]["environment"]["name"] == "production"


def test_nothing_runs_for_ever_and_deployments_one_after_the_other() -> None:
    assert [name for name, job in jobs() if "steps" in job and "timeout-minutes" not in job] == []
    assert WORKFLOWS["deploy.yml"]["concurrency"] == {"group": "production", "cancel-in-progress": False}


def test_the_python_versions_are_those_of_the_package() -> None:
    tested = WORKFLOWS["ci.yml"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == ["3.11", "3.12", "3.13"]
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text()


def test_every_variable_is_explained_and_no_secret_is_read() -> None:
    text = "\n".join(file.read_text() for file in FILES)
    explained = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/pipeline.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bvars\.([A-Z_]+)", text)) == set(explained)
    assert "secrets." not in text


class TestChoosingTheTag:
    def choose(self, folder: Path, **environment: str) -> tuple[int, str]:
        output = folder / "output"
        output.touch()
        commit = {"GITHUB_SHA": "0123456789abcdef", "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}
        chosen = bash(
            deploy_step("Choose the tag"),
            {"ASKED": "", "GITHUB_OUTPUT": str(output), **commit, **environment},
        )
        return chosen.returncode, output.read_text()

    def test_an_image_that_was_asked_for_wins(self, tmp_path: Path) -> None:
        assert self.choose(tmp_path, ASKED="v1.2.3", GITHUB_REF_TYPE="tag") == (0, "tag=v1.2.3\n")

    def test_a_git_tag_names_its_image(self, tmp_path: Path) -> None:
        tagged = self.choose(tmp_path, GITHUB_REF_TYPE="tag", GITHUB_REF_NAME="v1.3.0")
        assert tagged == (0, "tag=v1.3.0\n")

    def test_any_other_commit_is_named_by_its_hash(self, tmp_path: Path) -> None:
        assert self.choose(tmp_path) == (0, "tag=0123456789ab\n")

    @pytest.mark.parametrize("asked", ["v1 --help", "-v1", "v1\nurl=http://elsewhere", "$(id)", "a" * 122])
    def test_what_is_no_tag_goes_no_further(self, tmp_path: Path, asked: str) -> None:
        assert self.choose(tmp_path, ASKED=asked) == (1, "")


class TestPushing:
    """The step that pushes, with programs that write down what they are told."""

    @pytest.fixture
    def programs(self, tmp_path: Path) -> Path:
        there, told = tmp_path / "there", tmp_path / "told"
        scripts = {
            "aws": 'echo "password of $*"',
            "docker": f"""case "$1" in
                manifest) grep -qx "$3" "{there}" ;;
                login) echo "$@" with "$(cat)" >> "{told}" ;;
                *) echo "$@" >> "{told}" ;;
                esac""",
        }
        for name, script in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        there.touch()
        return tmp_path

    def push(self, programs: Path) -> list[str]:
        path = f"{programs}:{os.environ['PATH']}"
        wanted = {"PATH": path, "REPOSITORY_URL": "registry.example/shop", "TAG": "v2"}
        done = bash(deploy_step("Build and push"), wanted)
        assert done.returncode == 0, done.stderr
        return (programs / "told").read_text().splitlines()

    def test_both_images_are_built_and_pushed_after_a_login(self, programs: Path) -> None:
        login, *told = self.push(programs)
        said = "--username AWS --password-stdin registry.example with password of ecr get-login-password"
        assert login == f"login {said}"
        assert [line.split()[0] for line in told] == ["build", "push", "build", "push"]
        assert "--target serve --tag registry.example/shop:v2 " in told[0]
        assert told[1] == "push registry.example/shop:v2"
        assert "--target train --tag registry.example/shop:v2-train " in told[2]
        assert told[3] == "push registry.example/shop:v2-train"

    def test_what_is_there_is_left_as_it_is(self, programs: Path) -> None:
        (programs / "there").write_text("registry.example/shop:v2\n")
        told = self.push(programs)
        assert [line.split()[0] for line in told] == ["login", "build", "push"]
        assert told[-1] == "push registry.example/shop:v2-train"

    def test_without_a_tag_it_says_how_to_use_it(self) -> None:
        done = bash("scripts/push.sh registry.example/shop", {})
        assert done.returncode == 2
        assert done.stderr.startswith("usage: scripts/push.sh REPOSITORY_URL TAG")
