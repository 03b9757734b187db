"""Which types of resources a rehearsal really exercised: those whose making the emulator was asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lab.core.errors import CheckError

_MADE_BY = {  # the call that makes a resource of the type, as lab.tools.aws_emulator names calls
    "aws_cloudwatch_event_rule": "events PutRule",
    "aws_cloudwatch_event_target": "events PutTargets",
    "aws_cloudwatch_log_group": "logs CreateLogGroup",
    "aws_db_instance": "rds CreateDBInstance",
    "aws_db_parameter_group": "rds CreateDBParameterGroup",
    "aws_db_subnet_group": "rds CreateDBSubnetGroup",
    "aws_default_security_group": "ec2 RevokeSecurityGroupEgress",
    "aws_ecr_lifecycle_policy": "ecr PutLifecyclePolicy",
    "aws_ecr_repository": "ecr CreateRepository",
    "aws_eip": "ec2 AllocateAddress",
    "aws_eks_access_entry": "eks POST /clusters/access-entries",
    "aws_eks_access_policy_association": "eks POST /clusters/access-entries/access-policies",
    "aws_eks_addon": "eks POST /clusters/addons",
    "aws_eks_cluster": "eks POST /clusters",
    "aws_eks_node_group": "eks POST /clusters/node-groups",
    "aws_elasticache_replication_group": "elasticache CreateReplicationGroup",
    "aws_elasticache_subnet_group": "elasticache CreateCacheSubnetGroup",
    "aws_flow_log": "ec2 CreateFlowLogs",
    "aws_iam_openid_connect_provider": "iam CreateOpenIDConnectProvider",
    "aws_iam_role": "iam CreateRole",
    "aws_iam_role_policy": "iam PutRolePolicy",
    "aws_iam_role_policy_attachment": "iam AttachRolePolicy",
    "aws_internet_gateway": "ec2 CreateInternetGateway",
    "aws_kms_alias": "kms CreateAlias",
    "aws_kms_key": "kms CreateKey",
    "aws_launch_template": "ec2 CreateLaunchTemplate",
    "aws_nat_gateway": "ec2 CreateNatGateway",
    "aws_route": "ec2 CreateRoute",
    "aws_route_table": "ec2 CreateRouteTable",
    "aws_route_table_association": "ec2 AssociateRouteTable",
    "aws_s3_bucket": "s3 PUT bucket",
    "aws_s3_bucket_lifecycle_configuration": "s3 PUT lifecycle",
    "aws_s3_bucket_policy": "s3 PUT policy",
    "aws_s3_bucket_public_access_block": "s3 PUT publicAccessBlock",
    "aws_s3_bucket_server_side_encryption_configuration": "s3 PUT encryption",
    "aws_s3_bucket_versioning": "s3 PUT versioning",
    "aws_secretsmanager_secret": "secretsmanager CreateSecret",
    "aws_secretsmanager_secret_version": "secretsmanager PutSecretValue",
    "aws_security_group": "ec2 CreateSecurityGroup",
    "aws_sqs_queue": "sqs CreateQueue",
    "aws_sqs_queue_policy": "sqs SetQueueAttributes",
    "aws_sqs_queue_redrive_allow_policy": "sqs SetQueueAttributes",
    "aws_subnet": "ec2 CreateSubnet",
    "aws_vpc": "ec2 CreateVpc",
    "aws_vpc_endpoint": "ec2 CreateVpcEndpoint",
    "aws_vpc_security_group_ingress_rule": "ec2 AuthorizeSecurityGroupIngress",
}


@dataclass(frozen=True)
class Exercised:
    """A type of resource: how many Terraform has made, and how often the emulator was asked to make one."""

    type: str
    made: int
    asked: int

    @property
    def really(self) -> bool:
        """Whether the emulator was asked at least once for each."""
        return 0 < self.made <= self.asked

    @property
    def words(self) -> str:
        """What became of the type."""
        if not self.made:
            return "left out: the emulator can't do it"
        return "made" if self.really else "in Terraform's state alone: the emulator was not asked for it"


def exercised(declared: Collection[str], made: Mapping[str, int], calls: Mapping[str, int]) -> list[Exercised]:
    """Return every declared type with what became of it. Raises CheckError for one of which nobody knows its call."""
    if unknown := sorted(set(declared) - set(_MADE_BY)):
        fix = "name the call of each in lab/checks/exercised.py"
        raise CheckError(f"it is not known what makes {', '.join(unknown)}", fix=fix)
    return [Exercised(kind, made.get(kind, 0), calls.get(_MADE_BY[kind], 0)) for kind in sorted(declared)]
