"""Every figure of docs/evaluation.md, from RetailRocket's files to the page.

    python -m benchmarks.evaluation DATA PAGE.md

DATA has the folders `sessions` and `buyers` (or one of them), each with events.csv(.gz), and if there are any
item_properties.csv(.gz) and category_tree.csv(.gz). Each is imported into a storage of its own below build/,
trained on, and evaluated; the reports with all plots are left beside the storages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.pages import Report, page

BUILD = Path("build/evaluation")
GOALS = {"sessions": "interaction", "buyers": "purchase"}
COMMANDS = "recommender.entrypoints.cli.main"


def main() -> int:
    """Import, train, evaluate, and write the page."""
    data, target = Path(sys.argv[1]), Path(sys.argv[2])
    names = [name for name in GOALS if (data / name).is_dir()]
    if not names:
        print(f"{data} has none of the folders {', '.join(GOALS)}", file=sys.stderr)
        return 2
    reports = {name: evaluated(data / name, name) for name in names}
    found = {name: discovered(name) for name in names if GOALS[name] == "purchase"}
    target.write_text(page(reports, found))
    return 0


def evaluated(folder: Path, name: str) -> Report:
    """The report of a model that was trained on the files of a folder."""
    given = ["--events", str(file_of(folder, "events"))]
    for option, stem in (("--item-properties", "item_properties"), ("--category-tree", "category_tree")):
        if (file := file_of(folder, stem)) is not None:
            given += [option, str(file)]
    run(name, COMMANDS, "ingest", *given)
    run(name, COMMANDS, "train", "--target", GOALS[name])
    run(name, COMMANDS, "evaluate", "--out", str(BUILD / f"{name}-report"))
    report: Report = json.loads((BUILD / f"{name}-report" / "report.json").read_text())
    return report


def file_of(folder: Path, stem: str) -> Path | None:
    """The file of that name, plain or compressed."""
    return next(
        (folder / f"{stem}{end}" for end in (".csv", ".csv.gz") if (folder / f"{stem}{end}").exists()), None
    )


def discovered(name: str) -> Report:
    """What benchmarks.discovery finds in a storage."""
    file = BUILD / "discovery.json"
    run(name, "benchmarks.discovery", "--json", str(file))
    found: Report = json.loads(file.read_text())
    return found


def run(name: str, module: str, *arguments: str) -> None:
    """Run a program on the storage of a folder; its output is shown."""
    environment = os.environ | {"RECOMMENDER_STORAGE_URL": (BUILD / name).absolute().as_uri()}
    subprocess.run([sys.executable, "-m", module, *arguments], env=environment, check=True)  # noqa: S603 - ours


if __name__ == "__main__":
    sys.exit(main())
