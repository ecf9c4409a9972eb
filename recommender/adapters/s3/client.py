"""The connection to S3: bounded in time and in tries."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from boto3.session import Session
from botocore.config import Config

if TYPE_CHECKING:  # the stubs are installed where the code is checked, not where it runs
    from types_boto3_s3 import S3Client

CONNECTIONS = 16
"""Kept open for the threads of one process."""


def connect(tries: int = 4, connect_seconds: float = 5, read_seconds: float = 20) -> S3Client:
    """A client of S3, or of the server that AWS_ENDPOINT_URL names; nothing is asked of it yet.

    Region, endpoint and credentials are found by boto's own chain (environment, files, roles). A request
    that meets an outage or is told to slow down is sent `tries` times in all, with pauses of random length.
    """
    return Session().client(
        "s3",
        config=Config(
            connect_timeout=connect_seconds,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": tries},
            max_pool_connections=CONNECTIONS,
            tcp_keepalive=True,
            s3={"addressing_style": "path" if _elsewhere() else "auto"},
        ),
    )


def is_aws(client: S3Client) -> bool:
    """Whether the client asks S3 itself, and no other server that speaks its language."""
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _elsewhere() -> bool:
    """Whether another server is asked: buckets seldom have host names of their own there."""
    return any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
