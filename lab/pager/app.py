"""The pager's HTTP: POST /webhook for Alertmanager, GET /deliveries for programs, GET / for people, probes, metrics."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http.client import responses
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from lab.pager import page
from lab.pager.inbox import Inbox
from lab.pager.payload import Notification, Wanted

LONGEST = 1024 * 1024  # bytes of a body


class Pager:
    """The routes over one inbox. `token_file` has the tokens that are good, one a line.

    It may be absent: then anybody who reaches the pager may deliver.
    """

    def __init__(self, inbox: Inbox, token_file: Path) -> None:
        self._inbox, self._token_file = inbox, token_file
        self._metrics = CollectorRegistry()
        self._delivered = Counter(
            "pager_deliveries", "Alerts delivered", ("status", "severity"), registry=self._metrics
        )
        self._refused = Counter("pager_refused", "Notifications refused", ("code",), registry=self._metrics)
        self._truncated = Counter("pager_truncated_alerts", "Left out by the sender", registry=self._metrics)
        self._last = Gauge("pager_last_delivery_timestamp_seconds", "When the last came", registry=self._metrics)
        firing = Gauge("pager_firing_alerts", "Alerts that fire, as delivered", registry=self._metrics)
        firing.set_function(lambda: len(inbox.firing()))

    async def webhook(self, request: Request) -> Response:
        """Keep a notification; what is not 200 is told again by Alertmanager only when it is 5xx."""
        answer = await self._receive(request)
        if answer.status_code >= 400:  # noqa: PLR2004 - an error
            self._refused.labels(str(answer.status_code)).inc()
        return answer

    def allowed(self, request: Request) -> Response:
        """Whether a delivery with this token would be taken."""
        return Response(status_code=204) if self._allowed(request.headers.get("authorization", "")) else _unauthorized()

    async def _receive(self, request: Request) -> Response:
        if not self._allowed(request.headers.get("authorization", "")):
            return _unauthorized()
        text = bytearray()
        async for part in request.stream():
            text += part
            if len(text) > LONGEST:
                words = f"a notification has at most {LONGEST} bytes; set max_alerts of its webhook_config"
                return problem(413, "too-large", words, headers={"Connection": "close"})
        try:
            sent = Notification.model_validate_json(bytes(text))
        except ValidationError as error:
            return _invalid(error, "the body")
        try:
            made = await run_in_threadpool(self._inbox.add, sent)
        except OSError as error:
            words = f"the disk takes no delivery: {error.strerror}"
            return problem(503, "not-kept", words, headers={"Retry-After": "5"})
        for delivery in made:
            self._delivered.labels(delivery.status, delivery.severity).inc()
        self._truncated.inc(sent.truncated_alerts)
        self._last.set_to_current_time()
        return JSONResponse({"delivered": [delivery.id for delivery in made]})

    def _allowed(self, given: str) -> bool:
        """Compare with the tokens as they are now: a rotated Secret is mounted anew without a restart."""
        try:
            tokens = self._token_file.read_text().split()
        except FileNotFoundError:
            return True
        kind, _, word = given.partition(" ")
        same = [hmac.compare_digest(word.strip().encode(), token.encode()) for token in tokens]
        return kind.lower() == "bearer" and any(same)

    def deliveries(self, request: Request) -> Response:
        """What was delivered, the newest first, and the pager's clock."""
        try:
            wanted = Wanted.model_validate(dict(request.query_params))
        except ValidationError as error:
            return _invalid(error, "the query")
        items = [delivery.shown() for delivery in self._inbox.deliveries(wanted)]
        return JSONResponse({"now": datetime.now(UTC).isoformat(), "items": items})

    def page(self, _: Request) -> Response:
        """The page that people look at."""
        text = page.render(self._inbox.firing(), self._inbox.deliveries(Wanted()), datetime.now(UTC))
        return HTMLResponse(text, headers={"Content-Security-Policy": page.POLICY, "Cache-Control": "no-store"})

    def live(self, _: Request) -> Response:
        return JSONResponse({"status": "alive"})

    def ready(self, _: Request) -> Response:
        reason = self._inbox.unwritable()
        checks = {"disk": {"ok": not reason, "reason": reason}}
        return JSONResponse({"ready": not reason, "checks": checks}, 503 if reason else 200)

    def metrics(self, _: Request) -> Response:
        text = generate_latest(self._metrics)  # type: ignore[no-untyped-call] # untyped upstream
        return Response(text, media_type=CONTENT_TYPE_LATEST)


def application(inbox: Inbox, token_file: Path) -> Starlette:
    """Return the ASGI application."""
    pager = Pager(inbox, token_file)
    routes = [
        Route("/", pager.page),
        Route("/webhook", pager.webhook, methods=["POST"]),
        Route("/webhook", pager.allowed),
        Route("/deliveries", pager.deliveries),
        Route("/health/live", pager.live),
        Route("/health/ready", pager.ready),
        Route("/metrics", pager.metrics),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _http, Exception: _bug})


def problem(
    status: int,
    kind: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error as RFC 9457 says it."""
    content = {"type": f"urn:problem:{kind}", "title": responses[status], "status": status, "detail": detail}
    body = content | ({"errors": list(errors)} if errors else {})
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _unauthorized() -> Response:
    words = "a bearer token is wanted, and it must be one in the pager's Secret"
    return problem(401, "unauthorized", words, headers={"WWW-Authenticate": "Bearer"})


def _invalid(error: ValidationError, whole: str) -> Response:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    errors = [{"field": ".".join(map(str, item["loc"])) or whole, "reason": item["msg"]} for item in found]
    return problem(422, "invalid-request", f"not valid: {', '.join(item['field'] for item in errors)}", errors=errors)


def _http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, "http-error", str(error.detail), headers=error.headers)


def _bug(_: Request, __: Exception) -> Response:
    return problem(500, "internal-error", "this is the pager's fault; its log has the traceback")
