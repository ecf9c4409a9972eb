"""Bring a version of the program to the service on ECS, or leave the service as it was.

    python scripts/deploy.py TAG --url https://shop.example --name recommender

Both images, TAG and TAG-train, must be in the registry. The service gets a new revision of its task
definition with the image TAG and nothing else changed; when it runs, is ready and recommends, the nightly
training gets TAG-train. If anything goes wrong, the service is returned to what it ran before, and the last
line says why. The same tag again registers nothing, and has the service run its newest revision.

Credentials and region are found by boto3: environment, shared files, or a role.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from urllib.parse import urlsplit

from deployment.ecs import connect
from deployment.errors import DeploymentError, Stranded
from deployment.probe import HttpProbe
from deployment.rollout import Rollouts

NOT_DEPLOYED, STRANDED, INTERRUPTED = 1, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Deploy; 0 if the tag runs, 1 if the service runs what it ran before, 3 if a person must look at it."""
    asked = _parser().parse_args(arguments)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _interrupt)
    began = time.monotonic()

    def say(text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        print(f"{minutes:>2}:{seconds:02}  {text}", file=sys.stderr, flush=True)

    try:
        probe = HttpProbe(asked.url, time.sleep)
        rollouts = Rollouts(
            asked.name, connect(asked.name), probe, say, time.monotonic, time.sleep, 60 * asked.minutes
        )
        print(rollouts.deploy(asked.tag))
    except DeploymentError as failure:
        print(f"error: {failure}", file=sys.stderr)
        return STRANDED if isinstance(failure, Stranded) else NOT_DEPLOYED
    except KeyboardInterrupt:
        print("error: Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Once: what is done about it must not be interrupted again."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument(
        "tag", type=_tag, metavar="TAG", help="of the image; TAG-train is the one that trains"
    )
    parser.add_argument("--url", type=_url, required=True, help="where the service answers")
    parser.add_argument(
        "--name", default="recommender", help="of the cluster and the service (default: recommender)"
    )
    parser.add_argument(
        "--minutes", type=float, default=15, help="how long each wait for the service may take (default: 15)"
    )
    return parser


def _tag(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no tag of an image")
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"expected a URL like https://shop.example, not {text!r}")
    return text


if __name__ == "__main__":
    sys.exit(main())
