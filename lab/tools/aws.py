"""An AWS account, as the user's own credentials reach it: profiles, SSO and chained roles as botocore knows them."""

from dataclasses import dataclass

import boto3
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from lab.core.errors import LabError, UsageError
from lab.tools.answers import expected

_LOGIN = "aws sso login, with the profile that AWS_PROFILE names, then try again"
_CREDENTIALS = "set AWS_PROFILE to a profile of ~/.aws/config (aws configure sso makes one), then try again"


@dataclass(frozen=True)
class Identity:
    """Who the credentials belong to: 12 digits of an account, and the ARN of a user or an assumed role."""

    account: str
    arn: str


def session(region: str) -> boto3.Session:
    """Return a session by the user's own settings (AWS_PROFILE and the like). Raises UsageError for no such profile."""
    try:
        return boto3.Session(region_name=region)
    except ProfileNotFound as error:
        raise UsageError("the profile that AWS_PROFILE names is not there", why=str(error), fix=_CREDENTIALS) from error


def identity(using: boto3.Session) -> Identity:
    """Return who AWS takes us for. Raises UsageError when there are no credentials, or none that are still good."""
    try:
        answer = using.client("sts").get_caller_identity()
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise UsageError("there are no AWS credentials", why=str(error), fix=_CREDENTIALS) from error
    except (UnauthorizedSSOTokenError, SSOTokenLoadError, TokenRetrievalError) as error:
        raise UsageError("the SSO session is over", why=str(error), fix=_LOGIN) from error
    except ClientError as error:
        raise UsageError("AWS refuses these credentials", why=str(error), fix=_LOGIN) from error
    except BotoCoreError as error:
        raise LabError(
            "AWS does not answer", why=str(error), fix="check the network, a proxy, and the profile"
        ) from error
    return Identity(answer["Account"], answer["Arn"])


def credentials(using: boto3.Session) -> ReadOnlyCredentials:
    """Return the keys as they are now, whatever they were made of. Raises UsageError when there are none."""
    with expected("AWS", _CREDENTIALS):
        found = using.get_credentials()
        if found is not None:
            return found.get_frozen_credentials()
    raise UsageError("there are no AWS credentials", fix=_CREDENTIALS)


def environment(using: boto3.Session) -> dict[str, str]:
    """Return variables that give another program these very credentials and the region."""
    frozen = credentials(using)
    return {
        "AWS_ACCESS_KEY_ID": frozen.access_key or "",
        "AWS_SECRET_ACCESS_KEY": frozen.secret_key or "",
        "AWS_SESSION_TOKEN": frozen.token or "",
        "AWS_PROFILE": "",
        "AWS_REGION": using.region_name,
        "AWS_DEFAULT_REGION": using.region_name,
    }
