"""An S3-compatible server that containers reach, in place of the one of AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from infrastructure.containers import Images, Server, docker, running, until_it_answers

STORAGE = "RECOMMENDER_STORAGE_URL"

_COPY = """
import sys, boto3
(bucket, prefix), (to, below) = (url.removeprefix("s3://").partition("/")[::2] for url in sys.argv[1:])
s3 = boto3.client("s3")
s3.create_bucket(Bucket=to)
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
    for each in page["Contents"]:
        source = {"Bucket": bucket, "Key": each["Key"]}
        s3.copy_object(Bucket=to, Key=below + each["Key"].removeprefix(prefix), CopySource=source)
"""


@dataclass(frozen=True)
class ObjectStore:
    """A server in a network of containers that holds a trained shop at `origin`."""

    images: Images
    network: str
    credentials: Mapping[str, str]
    origin: str

    @contextmanager
    def serving(self, image: str, environment: Mapping[str, str]) -> Iterator[Server]:
        """A container that serves, configured by these variables and those that AWS would add to them.

        A copy of the shop is where RECOMMENDER_STORAGE_URL says; that bucket must be a new one.
        """
        if environment[STORAGE] != self.origin:
            self._copy_to(environment[STORAGE])
        with running(image, {**self.credentials, **environment}, "--network", self.network) as server:
            until_it_answers(server, "/readyz")
            yield server

    def _copy_to(self, url: str) -> None:
        known = [f"--env={name}={value}" for name, value in self.credentials.items()]
        program = ("--entrypoint", "python", self.images.train, "-c", _COPY, self.origin, url)
        docker("run", "--rm", "--network", self.network, *known, *program)
