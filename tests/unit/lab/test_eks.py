"""A cluster's token: a signed call that names the cluster, and is good for a minute."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import boto3

from lab.tools.eks import credential


def test_a_token_is_a_signed_call_bound_to_the_cluster() -> None:
    using = boto3.Session("AKIDEXAMPLE", "secret", "session", region_name="eu-central-1")
    told = json.loads(credential(using, "kubeflow-ops-dev"))
    prefix, _, coded = told["status"]["token"].partition(".")
    assert prefix == "k8s-aws-v1"
    url = urlsplit(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode())
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.hostname == "sts.eu-central-1.amazonaws.com"
    assert query["Action"] == "GetCallerIdentity"
    assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert query["X-Amz-Expires"] == "60"
    assert query["X-Amz-Security-Token"] == "session"


def test_another_cluster_has_another_signature() -> None:
    using = boto3.Session("AKIDEXAMPLE", "secret", region_name="eu-central-1")
    tokens = {json.loads(credential(using, name))["status"]["token"] for name in ("one", "two")}
    assert len(tokens) == 2
