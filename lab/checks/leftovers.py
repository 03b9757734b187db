"""What of an environment is on an account, whoever made it: found by tag, so Terraform's state need not know it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from lab.tools.answers import expected
from lab.tools.environments import PASSWORDS, Environment

_BOOTSTRAP = "aws.bootstrap"


@dataclass(frozen=True)
class Leftover:
    """A resource by its ARN, and who made it, as its tags tell."""

    arn: str
    made_by: str

    @property
    def kept(self) -> bool:
        """Whether a destroy leaves it on purpose: the state, and the passwords."""
        return self.made_by == _BOOTSTRAP


def look(using: boto3.Session, environment: Environment) -> list[Leftover]:
    """Return every resource with the environment's tags, or those that the cluster's controllers give.

    The Resource Groups Tagging API is asked. It names some for hours after they were deleted: those that it is known
    of are asked for at their own service. It knows no IAM roles, which cost nothing.
    """
    cluster = environment.cluster
    filters = {
        "Terraform": [
            {"Key": "app", "Values": ["kubeflow-ops"]},
            {"Key": "env", "Values": [environment.name]},
        ],
        "Karpenter or EKS": [{"Key": f"kubernetes.io/cluster/{cluster}", "Values": ["owned"]}],
        "EBS CSI driver": [{"Key": "KubernetesCluster", "Values": [cluster]}],
        "load balancer controller": [{"Key": "elbv2.k8s.aws/cluster", "Values": [cluster]}],
    }
    with expected("AWS", "the credentials must be allowed tag:GetResources, and to describe what it names"):
        found = {arn: maker for maker, wanted in filters.items() for arn in _tagged(using, wanted)}
        there = {arn: maker for arn, maker in found.items() if not _gone(using, arn)}
    first = (f"arn:aws:s3:::{environment.bucket}", f":secret:{PASSWORDS}")
    there |= {arn: _BOOTSTRAP for arn in there if arn == first[0] or first[1] in arn}
    return [Leftover(arn, maker) for arn, maker in sorted(there.items())]


def _tagged(using: boto3.Session, filters: Sequence[Any]) -> Iterator[str]:
    for page in using.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters):
        yield from (item["ResourceARN"] for item in page["ResourceTagMappingList"])


def _gone(using: boto3.Session, arn: str) -> bool:
    """Return whether the service itself has no more of what the tagging API still names."""
    service, kind, name = _parts(arn)
    if (state := _STATES.get((service, kind))) is None:
        return False
    try:
        return state(using, name) in {"deleted", "terminated", "PendingDeletion"}
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
        return True


def _parts(arn: str) -> tuple[str, str, str]:
    """Split an ARN into service, kind and name, whichever sign is between the last two."""
    service, rest = arn.split(":")[2], arn.split(":", 5)[5]
    kind, _, name = rest.replace(":", "/", 1).partition("/")
    return service, kind, name


def _nat_gateway(using: boto3.Session, name: str) -> str:
    found = using.client("ec2").describe_nat_gateways(NatGatewayIds=[name])["NatGateways"]
    return str(found[0]["State"]) if found else "deleted"


def _instance(using: boto3.Session, name: str) -> str:
    found = using.client("ec2").describe_instances(InstanceIds=[name])["Reservations"]
    return str(found[0]["Instances"][0]["State"]["Name"]) if found else "terminated"


def _key(using: boto3.Session, name: str) -> str:
    """AWS lets no key go at once, and takes nothing for one that waits for it."""
    return str(using.client("kms").describe_key(KeyId=name)["KeyMetadata"]["KeyState"])


def _cache(using: boto3.Session, name: str) -> str:
    found = using.client("elasticache").describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
    return str(found[0]["Status"])


def _cache_subnets(using: boto3.Session, name: str) -> str:
    using.client("elasticache").describe_cache_subnet_groups(CacheSubnetGroupName=name)
    return "there"


_STATES: dict[tuple[str, str], Callable[[boto3.Session, str], str]] = {
    ("ec2", "natgateway"): _nat_gateway,
    ("ec2", "instance"): _instance,
    ("kms", "key"): _key,
    ("elasticache", "replicationgroup"): _cache,
    ("elasticache", "subnetgroup"): _cache_subnets,
}
