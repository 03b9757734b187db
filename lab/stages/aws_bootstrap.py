"""What must be on an account before Terraform can work: a bucket for its state, and passwords that it only reads."""

import json
import secrets
import string

import boto3
from botocore.exceptions import ClientError

from lab.core.say import say
from lab.tools.answers import expected
from lab.tools.environments import OWNERS, PASSWORDS, Environment

_LENGTH = 32  # characters: ElastiCache takes 16 to 128
_ALPHABET = string.ascii_letters + string.digits
_FIX = "the credentials must be allowed to make buckets and secrets; see docs/aws.md"


class Bootstrap:
    """State bucket and passwords of an environment; `using` must have been seen to belong to its account."""

    def __init__(self, environment: Environment, using: boto3.Session) -> None:
        self._environment = environment
        self._s3, self._manager = using.client("s3"), using.client("secretsmanager")

    def ensure(self) -> list[str]:
        """Make what is not there; return what was made, [] when all was there. Settings of the bucket are set anew."""
        with expected("AWS", _FIX):
            return [*self._bucket(), *self._passwords()]

    def there(self) -> bool:
        """Return whether the state's bucket is there."""
        with expected("AWS", _FIX):
            return self._environment.bucket in self._buckets()

    def remove(self) -> list[str]:
        """Delete bucket and passwords for good, with every version of the state; return what was deleted."""
        name, done = self._environment.bucket, []
        with expected("AWS", _FIX):
            if name in self._buckets():
                self._empty(name)
                self._s3.delete_bucket(Bucket=name)
                done.append(f"bucket {name}")
            if self._has_passwords():
                self._manager.delete_secret(SecretId=PASSWORDS, ForceDeleteWithoutRecovery=True)
                done.append(f"secret {PASSWORDS}")
        return done

    def _buckets(self) -> set[str]:
        return {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}

    def _bucket(self) -> list[str]:
        name, region = self._environment.bucket, self._environment.region
        made = [] if name in self._buckets() else [f"bucket {name}"]
        if made:
            say(f"making bucket {name} in {region}")
            # us-east-1 is the one region that must not be named
            where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self._s3.create_bucket(Bucket=name, **where)
        self._s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        self._s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
        self._s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        self._s3.put_bucket_policy(Bucket=name, Policy=json.dumps(_tls_only(name)))
        tags = [{"Key": key, "Value": value} for key, value in self._environment.tags.items()]
        self._s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        return made

    def _passwords(self) -> list[str]:
        if self._has_passwords():
            return []
        say(f"making passwords in Secrets Manager: {PASSWORDS}")
        value = {owner: "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for owner in OWNERS}
        tags = [{"Key": key, "Value": text} for key, text in self._environment.tags.items()]
        self._manager.create_secret(Name=PASSWORDS, SecretString=json.dumps(value), Tags=tags)
        return [f"secret {PASSWORDS}"]

    def _has_passwords(self) -> bool:
        try:
            return "DeletedDate" not in self._manager.describe_secret(SecretId=PASSWORDS)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return False

    def _empty(self, name: str) -> None:
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for kind in ("Versions", "DeleteMarkers"):
                for item in page.get(kind, []):
                    self._s3.delete_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])


def _tls_only(bucket: str) -> dict[str, object]:
    arn = f"arn:aws:s3:::{bucket}"
    denied = {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [denied]}
