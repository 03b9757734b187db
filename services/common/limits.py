"""The longest body that is read: more is a problem like any other, announced by its length or not."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.common.problems import Problem, answer

MAX_BODY = 256 * 1024  # bytes
_STATUS, _WORDS = 413, f"a body has at most {MAX_BODY} bytes"


class BodyLimit:
    """Refuses what is announced as too long unread, and what turns out to be when it does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced: bytes = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and int(announced) > MAX_BODY:
            await answer(Problem(_STATUS, "http-error", _WORDS))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise HTTPException(_STATUS, _WORDS)  # the one error that FastAPI lets through while it reads
            return message

        await self._app(scope, counted, send)
