"""What is in an AWS account, as boto3 sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import boto3

Json = dict[str, Any]

Account = Mapping[str, Mapping[str, Json]]
"""All that was there at one moment, by kind and name: `account["service"]["recommender"]`."""


class Listing(NamedTuple):
    """How all things of a kind are listed, and which of their fields is the name."""

    service: str
    operation: str
    found: str
    name: str
    asked: Json = {}  # noqa: RUF012 - nobody writes to it


LISTINGS = {
    "address": Listing("ec2", "describe_addresses", "Addresses", "AllocationId"),
    "endpoint": Listing("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "internet gateway": Listing("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "NAT gateway": Listing("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "route table": Listing("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "security group": Listing("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "subnet": Listing("ec2", "describe_subnets", "Subnets", "SubnetId"),
    "VPC": Listing("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "load balancer": Listing("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
    "target group": Listing("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    "repository": Listing("ecr", "describe_repositories", "repositories", "repositoryName"),
    "bucket": Listing("s3", "list_buckets", "Buckets", "Name"),
    "role": Listing("iam", "list_roles", "Roles", "RoleName"),
    "policy": Listing("iam", "list_policies", "Policies", "PolicyName", {"Scope": "Local"}),
    "identity provider": Listing("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
    "scalable target": Listing(
        *("application-autoscaling", "describe_scalable_targets", "ScalableTargets", "ResourceId"),
        {"ServiceNamespace": "ecs"},
    ),
    "scaling policy": Listing(
        *("application-autoscaling", "describe_scaling_policies", "ScalingPolicies", "PolicyName"),
        {"ServiceNamespace": "ecs"},
    ),
    "alarm": Listing("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboard": Listing("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "log group": Listing("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "log policy": Listing("logs", "describe_resource_policies", "resourcePolicies", "policyName"),
    "metric filter": Listing("logs", "describe_metric_filters", "metricFilters", "filterName"),
    "rule": Listing("events", "list_rules", "Rules", "Name"),
    "subscription": Listing("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "topic": Listing("sns", "list_topics", "Topics", "TopicArn"),
}


class Aws:
    """One account and region behind an address."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._session = boto3.Session("testing", "testing", region_name=region)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - the types of so many services are not installed
        if service not in self._clients:
            self._clients[service] = self._session.client(service, endpoint_url=self._url)  # type: ignore[call-overload]
        return self._clients[service]

    def look(self) -> Account:
        """Everything that is there now."""
        seen = {kind: self._listed(listing) for kind, listing in LISTINGS.items()}
        for name, role in seen["role"].items():
            role["Statements"] = list(self._statements(name))
        for name, rule in seen["rule"].items():
            rule["Targets"] = self.client("events").list_targets_by_rule(Rule=name)["Targets"]
        ecs, balancing = self.client("ecs"), self.client("elbv2")
        seen["cluster"] = {
            one["clusterName"]: one
            for one in ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
            if one["status"] == "ACTIVE"
        }
        seen["service"] = {
            one["serviceName"]: one
            for cluster in seen["cluster"]
            if (names := ecs.list_services(cluster=cluster)["serviceArns"])
            for one in ecs.describe_services(cluster=cluster, services=names)["services"]
        }
        seen["task definition"] = {
            arn.rpartition("/")[2]: ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            for arn in ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
        }
        seen["listener"] = {
            str(one["Port"]): one
            for balancer in seen["load balancer"]
            for one in balancing.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        }
        return seen

    def _listed(self, listing: Listing) -> dict[str, Json]:
        client = self.client(listing.service)
        if client.can_paginate(listing.operation):
            pages = client.get_paginator(listing.operation).paginate(**listing.asked)
        else:
            pages = [getattr(client, listing.operation)(**listing.asked)]
        things = [one for page in pages for one in page[listing.found]]
        return {one[listing.name]: one for one in things if one.get("State") not in ("deleting", "deleted")}

    def _statements(self, role: str) -> Iterator[Json]:
        """Of all policies that a role has, with lists where a policy may have one string."""
        iam = self.client("iam")
        assert not iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                yield statement | {name: _many(statement[name]) for name in ("Action", "Resource")}


def names(account: Account) -> set[tuple[str, str]]:
    """Kind and name of all that is there."""
    return {(kind, name) for kind, things in account.items() for name in things}


def environment(task_definition: Json) -> dict[str, str]:
    """What the container of a task definition is told."""
    (container,) = task_definition["containerDefinitions"]
    return {one["name"]: one["value"] for one in container["environment"]}


def _many(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more
