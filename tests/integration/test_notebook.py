"""The exploration notebook, top to bottom, as `make notebook` runs it: in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from integration.conftest import SAMPLE, TrainedShop, run, wired
from worlds import NOW, VIEW
from worlds_large import batch_of

from recommender.domain.events import InteractionLog
from recommender.settings import PREFIX

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOK = FOLDER / "exploration.ipynb"

Cells = list[dict[str, Any]]


def cells_of(notebook: Path) -> Cells:
    cells: Cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return cells


def executed(storage: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """What became of running the notebook on a storage."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(FOLDER / "execute.py"), str(NOTEBOOK), str(out)],
        env=os.environ | {f"{PREFIX}STORAGE_URL": storage.as_uri()},
        capture_output=True,
        text=True,
        check=False,
    )


def shown(cells: Cells) -> dict[str, set[str]]:
    """What the cells of each section show: kinds of data, "stream" for what was printed, or "error"."""
    kinds: dict[str, set[str]] = {}
    section = ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            section = "".join(cell["source"]).splitlines()[0]
        for output in cell.get("outputs", []):
            kinds.setdefault(section, set()).update(output.get("data", [output["output_type"]]))
    return kinds


def test_the_committed_notebook_holds_nothing_that_a_run_leaves_behind() -> None:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert not any(cell["metadata"] for cell in notebook["cells"])
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_every_section_shows_something_of_a_sample_shop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files, storage, out = tmp_path / "files", tmp_path / "shop", tmp_path / "build/executed.ipynb"
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", storage.as_uri())
    run("sample", *SAMPLE, "--out", str(files))
    run("ingest", *TrainedShop(files, storage, {}).import_files)
    ended = executed(storage, out)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stderr.splitlines()) == len([cell for cell in cells_of(out) if "outputs" in cell])
    sections = shown(cells_of(out))
    assert [title.split()[1] for title in sections] == [str(number) for number in range(1, 11)]
    assert [title for title, kinds in sections.items() if "image/png" not in kinds] == list(sections)[-1:]
    assert {"error", "stream"}.isdisjoint(chain(*sections.values()))


def test_a_shop_of_one_view_and_no_catalogue_can_be_looked_at(tmp_path: Path) -> None:
    storage, out = tmp_path / "shop", tmp_path / "executed.ipynb"
    wired(storage).events().append(batch_of(InteractionLog.of((NOW, "ada", VIEW, "phone-a"))))
    ended = executed(storage, out)
    assert ended.returncode == 0, ended.stderr
    assert {"error", "stream"}.isdisjoint(chain(*shown(cells_of(out)).values()))


def test_a_failing_cell_is_shown_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "executed.ipynb"
    ended = executed(tmp_path / "empty", out)
    assert ended.returncode == 1
    assert "load: failed\n" in ended.stderr
    last = ended.stderr.rstrip().splitlines()[-1]
    assert last.startswith("NotEnoughData: file://")
    assert last.endswith("/empty holds no events; `recommender ingest` brings some.")
    assert not out.exists()
