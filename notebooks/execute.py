"""Run a notebook top to bottom in a kernel of its own, and write it with its outputs.

    python notebooks/execute.py NOTEBOOK OUT

The kernel works in the folder from which this is called, and has its environment. Every cell is named on
stderr with the time it took; one that fails is shown there, nothing is written, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

LONGEST_CELL = 600
"""Seconds."""


def main() -> int:
    """Execute, and say how it went."""
    parser = argparse.ArgumentParser(
        description="Run a notebook top to bottom and write it with its outputs."
    )
    parser.add_argument("notebook", type=Path)
    parser.add_argument("out", type=Path, help="where to write the executed notebook; folders are made")
    given = parser.parse_args()
    notebook = nbformat.read(given.notebook, as_version=4)  # type: ignore[no-untyped-call]
    try:
        execute(notebook)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as failed:
        print(f"failed\n{without_colours(str(failed))}", file=sys.stderr)
        return 1
    given.out.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, given.out)  # type: ignore[no-untyped-call]
    print(f"Written to {given.out}.")
    return 0


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run every code cell and keep in the notebook what it shows; raises one of nbclient's errors."""
    client = NotebookClient(notebook, timeout=LONGEST_CELL, resources={"metadata": {"path": str(Path.cwd())}})
    client.create_kernel_manager().transport = "ipc"  # what a shop's log says passes over no network
    code = [(number, cell) for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    with client.setup_kernel():
        for done, (number, cell) in enumerate(code, start=1):
            print(f"{done:>2} of {len(code)}  {cell.id}: ", end="", file=sys.stderr, flush=True)
            began = time.perf_counter()
            client.execute_cell(cell, number)
            print(f"{time.perf_counter() - began:.1f} s", file=sys.stderr)


def without_colours(text: str) -> str:
    """A traceback as IPython colours it, without its escape sequences."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


if __name__ == "__main__":
    sys.exit(main())
