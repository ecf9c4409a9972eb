"""`recommender serve`, as a process of its own that listens on this machine."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from integration.conftest import TrainedShop
from integration.servers import get, serving

from recommender.settings import PREFIX

pytestmark = pytest.mark.enable_socket


def test_the_urls_that_are_worth_trying_can_be_tried(trained_shop: TrainedShop) -> None:
    with serving(trained_shop.storage) as (port, printed):
        paths = re.findall(rf"^  http://127\.0\.0\.1:{port}(/.*)$", "\n".join(printed), re.MULTILINE)
        assert len(paths) == 3
        answers = [get(port, path) for path in paths]
    assert [status for status, _ in answers] == [200, 200, 200]
    recommended, shopper, _ = (body for _, body in answers)
    assert recommended["user_known"]
    assert len(recommended["recommendations"]) == 5
    assert shopper["user_id"] == recommended["user_id"]


def test_without_a_model_the_server_starts_and_says_what_it_waits_for(tmp_path: Path) -> None:
    with serving(tmp_path) as (port, printed):
        assert printed[0].startswith("No model is published yet")
        assert get(port, "/livez")[0] == 200
        status, problem = get(port, "/recommend/1")
    assert status == 503
    assert "recommender train" in problem["detail"]


def test_a_port_that_somebody_listens_on_is_refused_before_the_invitation(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = str(somebody.getsockname()[1])
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve", "--port", port],
            env=os.environ | {f"{PREFIX}STORAGE_URL": tmp_path.as_uri()},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: Cannot listen on 127.0.0.1:{port}: Address already in use.")
