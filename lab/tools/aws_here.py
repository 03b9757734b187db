"""Sessions for what speaks AWS' API on this machine: they know nothing of the user's proxy and profile."""

from collections.abc import Mapping

import boto3
import botocore.session
from botocore.config import Config


def session(credentials: Mapping[str, str], region: str) -> boto3.Session:
    """Return a session of these keys, named as the environment names them; each client is told its endpoint."""
    core = botocore.session.Session({"profile": (None, None, None, None)})  # AWS_PROFILE may name one that is not here
    core.set_default_client_config(Config(proxies={}))
    return boto3.Session(
        credentials["AWS_ACCESS_KEY_ID"],
        credentials["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
        botocore_session=core,
    )
