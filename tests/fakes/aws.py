"""moto with what it leaves out of the services that terraform/ uses, so that a second plan can be empty."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from fakes.s3 import Wsgi, moto_server
from werkzeug.wrappers import Response

Json = dict[str, Any]

FORGOTTEN = ("deploymentConfiguration", "enableECSManagedTags", "healthCheckGracePeriodSeconds")
ROLLING = {"minimumHealthyPercent": 100, "maximumPercent": 200}
"""AWS's own choice. Provider 3.39 leaves it to AWS when there is a circuit breaker."""


@contextmanager
def aws_server() -> Iterator[str]:
    """The address of an account in which nothing is but what AWS itself puts there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        with moto_server(around=Mended) as url:
            yield url


class Mended:
    """Answers as moto does, and adds to some answers what AWS would have said."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto
        self.services: dict[str, Json] = {}
        self.mend: dict[str, Callable[[Json, Json], None]] = {
            "AnyScaleFrontendService.DescribeScalingPolicies": self._only_named_policies,
            "AmazonEC2ContainerServiceV20141113.CreateService": self._whole_service,
            "AmazonEC2ContainerServiceV20141113.UpdateService": self._whole_service,
            "AmazonEC2ContainerServiceV20141113.DescribeServices": self._whole_services,
        }

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        mend = self.mend.get(environ.get("HTTP_X_AMZ_TARGET", ""))
        if mend is None:
            return self.moto(environ, start)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        response = Response.from_app(self.moto, environ | {"wsgi.input": BytesIO(body)}, buffered=True)
        if response.status_code == 200:
            answer = json.loads(response.get_data())
            mend(json.loads(body), answer)
            response.set_data(json.dumps(answer))
        return response(environ, start)

    @staticmethod
    def _only_named_policies(asked: Json, answer: Json) -> None:
        """Moto answers with all policies, whichever are asked for by name."""
        if names := asked.get("PolicyNames"):
            answer["ScalingPolicies"] = [
                one for one in answer["ScalingPolicies"] if one["PolicyName"] in names
            ]

    def _whole_service(self, asked: Json, answer: Json) -> None:
        """Moto forgets some of what a service is told, and then says that it was told something else."""
        said = self.services.setdefault(answer["service"]["serviceArn"], {})
        said |= {name: asked[name] for name in FORGOTTEN if name in asked}
        said["deploymentConfiguration"] = ROLLING | said.get("deploymentConfiguration", {})
        answer["service"] |= said

    def _whole_services(self, _: Json, answer: Json) -> None:
        for service in answer["services"]:
            service.update(self.services.get(service["serviceArn"], {}))
