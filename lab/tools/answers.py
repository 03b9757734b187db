"""What is no answer, in words: who was asked what, what it said or why it could not be asked."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from lab.core.errors import AnswerError

_LONGEST = 300  # characters of an answer that an error shows


@contextmanager
def expected(who: str, fix: str) -> Iterator[None]:
    """Raise AnswerError for what httpx and boto3 raise inside, and for an answer that is no JSON; `who` was asked."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        asked, answer = error.request, error.response
        why = f"{answer.status_code} {answer.reason_phrase}: {_said(answer)}"
        raise AnswerError(f"{who} refused {asked.method} {asked.url.path}", why=why, fix=fix) from error
    except httpx.HTTPError as error:
        raise AnswerError(f"{who} does not answer", why=f"{type(error).__name__}: {error}", fix=fix) from error
    except (BotoCoreError, ClientError) as error:
        raise AnswerError(f"{who} refuses or does not answer", why=str(error), fix=fix) from error
    except ValueError as error:
        raise AnswerError(f"{who} answers what is no JSON", why=str(error), fix=fix) from error


def silent(url: str, timeout: float = 2) -> str:
    """Return "" when `url` answers with a success within `timeout` seconds, else why it does not."""
    try:
        httpx.get(url, timeout=timeout, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _said(answer: httpx.Response) -> str:
    """Return what a problem+json tells, else the text's beginning."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "detail" not in problem:
        return answer.text[:_LONGEST] or "no words"
    trace = f" (trace {problem['trace_id']})" if problem.get("trace_id") else ""
    return f"{problem['detail']}{trace}"
