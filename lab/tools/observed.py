"""What the platform's HTTP APIs have in common: a port of this machine, answers validated, errors in words."""

from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from lab.core.errors import AnswerError, UsageError
from lab.core.state import LabState
from lab.tools.answers import expected


class Answer(BaseModel):
    """A part of an answer, its fields called as in the API; what a later version adds is let through."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


def port(state: LabState, name: str, called: str) -> int:
    """Return the port of the server `name` of a running lab. Raises UsageError where this lab has none."""
    found = state.servers[name]
    if not found:
        raise lacking(state, called)
    return found


def lacking(state: LabState, called: str) -> UsageError:
    """Return the error that says why a running lab does not have what is `called` so, and how to get one that has."""
    why = f"it is on the {state.runtime} rung" if state.runtime != "kind" else f"its profile is {state.profile}"
    fix = "./inv lab.down, then ./inv lab.up --runtime kind --profile full"
    return UsageError(f"this lab has no {called}", why=why, fix=fix)


class Server:
    """A server at 127.0.0.1:`port`, called `name` in errors; `pods` is how to look at what it runs as."""

    def __init__(self, port: int, name: str, pods: str) -> None:
        self._name, self._url = name, f"http://127.0.0.1:{port}"
        self._fix = f"./inv lab.kubectl 'get pods -n monitoring -l {pods}' tells how it is; ./inv lab.up mends it"

    def ask[A](self, kind: type[A], method: str, path: str, **what: Any) -> A:
        """Return an answer as `kind`. Raises AnswerError for a server that is away, a refusal, or another shape."""
        with expected(f"{self._name} at {self._url}", self._fix):
            answer = httpx.request(method, f"{self._url}{path}", timeout=10, trust_env=False, **what)
            content = answer.raise_for_status().json() if answer.content else None
            try:
                return TypeAdapter(kind).validate_python(content)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                field = ".".join(map(str, first["loc"])) or "the answer"
                raise AnswerError(
                    f"{self._name} at {self._url} answers {method} {path} with what is not understood",
                    why=f"{field}: {first['msg']}",
                    fix=self._fix,
                ) from error
