"""Who reaches what in the network that terraform/ makes."""

from __future__ import annotations

import pytest
from infrastructure.seen import container, group_of, reached, route_table, service, ways_out
from infrastructure.story import NAME, REGION, Step, Story

pytestmark = pytest.mark.enable_socket


def test_the_world_reaches_the_load_balancer_only(serving: Step) -> None:
    assert reached(serving) == {(f"{NAME}-load-balancer", 80)}


def test_tasks_hear_the_load_balancer_only(serving: Step) -> None:
    (rule,) = group_of(serving, "serve")["IpPermissions"]
    assert not rule["IpRanges"]
    assert [one["GroupId"] for one in rule["UserIdGroupPairs"]] == [
        group_of(serving, "load-balancer")["GroupId"]
    ]
    assert (
        rule["FromPort"] == rule["ToPort"] == container(serving, "serve")["portMappings"][0]["containerPort"]
    )
    assert not group_of(serving, "train")["IpPermissions"]


def test_tasks_reach_https_only(serving: Step) -> None:
    for name in ("serve", "train"):
        (rule,) = group_of(serving, name)["IpPermissionsEgress"]
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)


def test_tasks_have_no_address_that_the_world_knows(serving: Step) -> None:
    network = service(serving)["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"
    assert network["securityGroups"] == [group_of(serving, "serve")["GroupId"]]
    for subnet in network["subnets"]:
        assert ways_out(serving, subnet) == {"NatGatewayId"}


def test_tasks_and_load_balancer_are_in_two_zones(serving: Step) -> None:
    (balancer,) = serving.account["load balancer"].values()
    tasks = service(serving)["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    zones = {serving.account["subnet"][subnet]["AvailabilityZone"] for subnet in tasks}
    assert len(zones) == 2
    assert zones == {zone["ZoneName"] for zone in balancer["AvailabilityZones"]}
    for zone in balancer["AvailabilityZones"]:
        assert ways_out(serving, zone["SubnetId"]) == {"GatewayId"}


def test_the_load_balancer_passes_requests_on_to_the_service(serving: Step) -> None:
    (action,) = serving.account["listener"]["80"]["DefaultActions"]
    assert action["Type"] == "forward"
    assert action["TargetGroupArn"] == serving.account["target group"][f"{NAME}-serve"]["TargetGroupArn"]


def test_with_a_certificate_http_leads_to_https(story: Story) -> None:
    (redirect,) = story.hardened.account["listener"]["80"]["DefaultActions"]
    assert redirect["Type"] == "redirect"
    assert (redirect["RedirectConfig"]["Protocol"], redirect["RedirectConfig"]["Port"]) == ("HTTPS", "443")
    (action,) = story.hardened.account["listener"]["443"]["DefaultActions"]
    assert (
        action["TargetGroupArn"] == story.hardened.account["target group"][f"{NAME}-serve"]["TargetGroupArn"]
    )


def test_with_a_certificate_the_world_reaches_the_load_balancer_by_https_too(story: Story) -> None:
    assert reached(story.hardened) == {(f"{NAME}-load-balancer", 80), (f"{NAME}-load-balancer", 443)}


def test_with_endpoints_tasks_cannot_reach_the_internet(story: Story) -> None:
    assert not story.hardened.account["NAT gateway"]
    assert not story.hardened.account["address"]
    for subnet in service(story.hardened)["networkConfiguration"]["awsvpcConfiguration"]["subnets"]:
        assert not ways_out(story.hardened, subnet)


def test_without_the_internet_tasks_reach_what_starts_them(story: Story) -> None:
    endpoints = {one["ServiceName"]: one for one in story.hardened.account["endpoint"].values()}
    needed = {
        f"com.amazonaws.{REGION}.{one}" for one in ("s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
    }
    assert endpoints.keys() == needed
    network = service(story.hardened)["networkConfiguration"]["awsvpcConfiguration"]
    for name in needed - {f"com.amazonaws.{REGION}.s3"}:
        assert endpoints[name]["PrivateDnsEnabled"]
        assert set(endpoints[name]["SubnetIds"]) == set(network["subnets"])
    s3 = endpoints[f"com.amazonaws.{REGION}.s3"]
    assert {route_table(story.hardened, one)["RouteTableId"] for one in network["subnets"]} == set(
        s3["RouteTableIds"]
    )
