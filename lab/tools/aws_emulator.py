"""An AWS emulator (moto's server) on 127.0.0.1, which writes down every call that it gets."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import psutil

from lab.core import proc
from lab.core.paths import Paths
from lab.core.wait import wait
from lab.tools import aws_here, isolated, ports, processes
from lab.tools.answers import silent

ACCOUNT = "123456789012"  # moto's own; nobody's on AWS
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal", "AWS_SESSION_TOKEN": ""}


@dataclass(frozen=True)
class Emulator:
    """A running emulator: where it answers, and the file that its calls go to."""

    endpoint: str
    _recording: Path

    def session(self, region: str) -> boto3.Session:
        """Return a session for it; each client is told its endpoint."""
        return aws_here.session(CREDENTIALS, region)

    def calls(self) -> Counter[str]:
        """Count the calls so far, each as service and action: "ec2 CreateVpc", "eks POST /clusters"."""
        return Counter(map(_call, self._recording.read_text().splitlines())) if self._recording.is_file() else Counter()


@contextmanager
def emulator(paths: Paths, folder: Path, mark: str) -> Iterator[Emulator]:
    """Run an emulator that knows nothing yet, with its log and recording in `folder`; it ends with the block.

    `mark` is what it is found by when nobody ended it.
    """
    python = isolated.tool(paths, "aws-emulator", "moto, an AWS emulator")
    port, recording, log = ports.free_ports(1)[0], folder / "calls.jsonl", folder / "emulator.log"
    folder.mkdir(parents=True, exist_ok=True)
    recording.unlink(missing_ok=True)
    env = {
        ports.MARK: mark,
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "MOTO_ENABLE_RECORDING": "1",
        "MOTO_RECORDER_FILEPATH": str(recording),
    }
    words: list[str | Path] = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    pid = proc.start_daemon(words, cwd=folder, env=env, log=log)
    found = Emulator(f"http://127.0.0.1:{port}", recording)
    try:
        wait(
            "AWS emulator",
            partial(silent, f"{found.endpoint}/moto-api/"),
            lambda why: not why,
            timeout=90,
            fix=f"read {log}",
        )
        yield found
    finally:
        processes.end([psutil.Process(pid)] if psutil.pid_exists(pid) else [])


def _call(line: str) -> str:
    """Return a recorded request as service and action, by whichever protocol it came."""
    request = json.loads(line)
    headers = {name.lower(): value for name, value in request["headers"].items()}
    body = request["body"] or ""
    if request["body_encoded"]:
        body = base64.b64decode(body).decode(errors="replace")
    signed = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("authorization", ""))
    service = signed[1] if signed else "?"
    if target := headers.get("x-amz-target"):
        return f"{service} {target.rpartition('.')[2]}"
    if action := re.search(r"(?:^|&)Action=(\w+)", body):
        return f"{service} {action[1]}"
    url = urlsplit(request["url"])
    if service == "s3":
        return f"s3 {request['method']} {url.query.partition('=')[0] or 'bucket'}"
    return (
        f"{service} {request['method']} /{'/'.join(url.path.strip('/').split('/')[::2])}"  # names between are left out
    )
