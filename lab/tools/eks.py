"""EKS: a cluster's state, a kubeconfig for it, and tokens; run as a module it is kubectl's credential plugin.

A token is a signed call of STS that nobody makes: EKS makes it and sees who signed
(https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster).
"""

import base64
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.tools import aws
from lab.tools.answers import expected

_SECONDS = 60  # that the signed call is good for; EKS takes the token for 15 minutes from when it was signed
_GOOD = timedelta(minutes=14)
_FIX = "the credentials must be allowed eks:DescribeCluster"


def describe(using: boto3.Session, name: str) -> dict[str, Any] | None:
    """Return what EKS says of a cluster, None when there is none."""
    with expected("EKS", _FIX):
        try:
            found: dict[str, Any] = using.client("eks").describe_cluster(name=name)["cluster"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return found


def kubeconfig(using: boto3.Session, name: str, file: Path) -> None:
    """Write a kubeconfig that asks for a token each time. Raises UsageError when there is no such cluster."""
    found = describe(using, name)
    if found is None or not found.get("endpoint"):
        raise UsageError(
            f"there is no cluster {name} in {using.region_name}", fix="./inv aws.status says what there is"
        )
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-m", "lab.tools.eks", name, using.region_name],
        "env": [{"name": "PYTHONPATH", "value": str(CHECKOUT)}],
        "interactiveMode": "Never",
    }
    authority = found["certificateAuthority"]["data"]
    cluster = {"server": found["endpoint"], "certificate-authority-data": authority}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"exec": plugin}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def token(using: boto3.Session, name: str) -> str:
    """Return a token for a cluster. Raises UsageError without credentials."""
    region = using.region_name
    call = AWSRequest(
        "GET",
        f"https://sts.{region}.amazonaws.com/",
        {"x-k8s-aws-id": name},
        params={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
    )
    SigV4QueryAuth(aws.credentials(using), "sts", region, expires=_SECONDS).add_auth(call)
    return f"k8s-aws-v1.{base64.urlsafe_b64encode(call.prepare().url.encode()).decode().rstrip('=')}"


def credential(using: boto3.Session, name: str) -> str:
    """Return what kubectl wants of its plugin: an ExecCredential as JSON."""
    status = {"token": token(using, name), "expirationTimestamp": f"{datetime.now(UTC) + _GOOD:%Y-%m-%dT%H:%M:%SZ}"}
    return json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status})


if __name__ == "__main__":
    sys.stdout.write(credential(aws.session(sys.argv[2]), sys.argv[1]))
