"""What the tests look for in an account."""

from __future__ import annotations

from collections.abc import Mapping

from infrastructure.account import Json, environment
from infrastructure.story import NAME, Step

from recommender.settings import PREFIX, S3Storage, storage_home

ANYWHERE = "0.0.0.0/0"


def service(step: Step) -> Json:
    return step.account["service"][NAME]


def task(step: Step, family: str) -> Json:
    """The newest task definition of a family."""
    revisions = [
        one for one in step.account["task definition"].values() if one["family"] == f"{NAME}-{family}"
    ]
    return max(revisions, key=lambda one: int(one["revision"]))


def container(step: Step, family: str) -> Json:
    (only,) = task(step, family)["containerDefinitions"]
    return dict(only)


def home(step: Step, family: str) -> S3Storage:
    """Where a task is told to keep the shop."""
    found = storage_home(environment(task(step, family))[f"{PREFIX}STORAGE_URL"])
    assert isinstance(found, S3Storage)
    return found


def scalable(step: Step) -> Json:
    return step.account["scalable target"][f"service/{NAME}/{NAME}"]


def ours(step: Step, kind: str) -> Mapping[str, Json]:
    """Things of a kind that are called as the service is; target tracking makes alarms of its own."""
    return {
        name: one
        for name, one in step.account[kind].items()
        if (one["GroupName"] if kind == "security group" else name).startswith(f"{NAME}-")
    }


def group_of(step: Step, name: str) -> Json:
    (group,) = [
        one for one in step.account["security group"].values() if one["GroupName"] == f"{NAME}-{name}"
    ]
    return group


def reached(step: Step) -> set[tuple[str, int]]:
    """Which groups anybody reaches, and at which ports."""
    return {
        (group["GroupName"], port)
        for group in ours(step, "security group").values()
        for rule in group["IpPermissions"]
        if any(one["CidrIp"] == ANYWHERE for one in rule["IpRanges"]) or rule["Ipv6Ranges"]
        for port in range(rule["FromPort"], rule["ToPort"] + 1)
    }


def route_table(step: Step, subnet: str) -> Json:
    (table,) = [
        table
        for table in step.account["route table"].values()
        if any(one.get("SubnetId") == subnet for one in table["Associations"])
    ]
    return table


def ways_out(step: Step, subnet: str) -> set[str]:
    """By what a subnet's packets leave for the internet."""
    return {
        kind
        for route in route_table(step, subnet)["Routes"]
        if route.get("DestinationCidrBlock") == ANYWHERE
        for kind in ("GatewayId", "NatGatewayId")
        if route.get(kind)
    }


def allowed(step: Step, role: str) -> set[str]:
    return {
        action for one in step.account["role"][f"{NAME}-{role}"]["Statements"] for action in one["Action"]
    }
