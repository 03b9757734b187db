"""LocalStack: as an embedded process, and what its extra endpoints tell on every rung but AWS."""

import shutil
from pathlib import Path
from typing import Any

import boto3
import httpx

from lab.tools import aws_here
from lab.tools.answers import expected, silent
from lab.tools.embedded import Embedded

ACCOUNT = "000000000000"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


def session() -> boto3.Session:
    """Return a session whose clients LocalStack takes; each is told LocalStack's endpoint."""
    return aws_here.session(CREDENTIALS, REGION)


def prepare(embedded: Embedded, root: Path) -> None:
    """Lay out the folder that LocalStack takes for its file system, with the hook that makes the queues."""
    hooks = root / "etc" / "localstack" / "init" / "ready.d"
    shutil.rmtree(hooks, ignore_errors=True)
    shutil.copytree(embedded.ready_hooks, hooks, ignore=shutil.ignore_patterns("__pycache__"))


def command(embedded: Embedded) -> list[str]:
    """Return what runs LocalStack: without its own supervisor, whose death would leave the server behind."""
    return [str(embedded.python), "-m", "localstack.runtime.main"]


def environment(root: Path, port: int) -> dict[str, str]:
    """Return LocalStack's settings: no calls home, only what the lab uses."""
    return {
        **CREDENTIALS,
        "OVERRIDE_IN_DOCKER": "0",  # inside of a dev container it would look for its hooks in /etc
        "FILESYSTEM_ROOT": str(root),
        "GATEWAY_SERVER": "hypercorn",  # the default one listens on all interfaces, whatever it is told
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "SERVICES": "sqs,secretsmanager,s3",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "",
    }


def look(endpoint: str) -> str:
    """Return "" when LocalStack answers and its ready hooks have run, else what is missing."""
    try:
        state = httpx.get(f"{endpoint}/_localstack/init/ready", timeout=2, trust_env=False).json()
    except (httpx.HTTPError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    if failed := [script["name"] for script in state["scripts"] if script["state"] == "ERROR"]:
        return f"ready hook failed: {', '.join(failed)}"
    if state["completed"] and not state["scripts"]:
        return "it found no ready hook, so there are no queues"
    return "" if state["completed"] else "ready hooks are running"


def answers(endpoint: str) -> str:
    """Return "" when LocalStack answers, else why it does not; hooks are not looked at."""
    return silent(f"{endpoint}/_localstack/health")


def messages(endpoint: str, queue: str) -> list[str]:
    """Return the bodies of all messages of `queue`, hidden ones too; nothing is received by it. Raises AnswerError."""
    with expected("LocalStack", "./inv lab.logs localstack"):
        answer = httpx.get(
            f"{endpoint}/_aws/sqs/messages/{REGION}/{ACCOUNT}/{queue}",
            params={"ShowInvisible": "true"},
            headers={"Accept": "application/json"},
            timeout=20,
            trust_env=False,
        )
        body = answer.raise_for_status().json()
    found: Any = body["ReceiveMessageResponse"]["ReceiveMessageResult"] or {}
    listed: Any = found.get("Message", [])
    return [message["Body"] for message in (listed if isinstance(listed, list) else [listed])]
