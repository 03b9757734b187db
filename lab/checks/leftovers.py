"""What of an environment is on an account, whoever made it: found by tag, so Terraform's state need not know it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3

from lab.tools.answers import expected
from lab.tools.environments import PASSWORDS, Environment

_BOOTSTRAP = "aws.bootstrap"
_PENDING = ("PendingDeletion", "DELETING")


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

    The Resource Groups Tagging API is asked; it names some for a while after they were deleted, and no IAM roles.
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
    with expected("AWS", "the credentials must be allowed tag:GetResources"):
        found = {arn: maker for maker, wanted in filters.items() for arn in _tagged(using, wanted)}
        going = _keys_going(using, [arn for arn in found if ":kms:" in arn])
    first = (f"arn:aws:s3:::{environment.bucket}", f":secret:{PASSWORDS}")
    found |= {arn: _BOOTSTRAP for arn in found if arn == first[0] or first[1] in arn}
    return [Leftover(arn, maker) for arn, maker in sorted(found.items()) if arn not in going]


def _tagged(using: boto3.Session, filters: Sequence[Any]) -> Iterator[str]:
    for page in using.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters):
        yield from (item["ResourceARN"] for item in page["ResourceTagMappingList"])


def _keys_going(using: boto3.Session, arns: Sequence[str]) -> set[str]:
    """Return the keys that wait for their deletion: AWS lets none go at once, and takes nothing for them meanwhile."""
    kms = using.client("kms")
    return {arn for arn in arns if kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] in _PENDING}
