"""Whether a load run met the service level objectives, and whether it is the services that it measured."""

from lab.checks.ledger import Ledger
from lab.core import slo
from lab.tools.locust import Endpoint, Measured

ORDERS = ("POST /orders", "GET /orders", "GET /orders/{id}")  # what the objective of availability is about
_ENOUGH = 20  # requests: P95 of fewer is the slowest one
_MOST_LATE, _MOST_CPU = 0.01, 0.9  # of arrivals; of a CPU


def judge(seen: Measured, ledger: Ledger | None) -> list[str]:
    """Return why a run does not meet the objectives, one line each; nothing when it does."""
    if seen.total.requests == 0:
        return ["no request was made"]
    orders = [one for one in seen.endpoints if one.name in ORDERS]
    asked, failed = sum(one.requests for one in orders), sum(one.failures for one in orders)
    reasons = _failed("requests", seen.total.failures, seen.total.requests)
    reasons = _failed("requests for orders", failed, asked) or reasons
    slow = [one for one in seen.endpoints if one.requests >= _ENOUGH and one.p95 >= slo.P95_SECONDS]
    reasons += [_slow(one, f"P95 of {one.name}") for one in slow]
    reasons += [_slow(seen.total, "P95")] if seen.total.p95 >= slo.P95_SECONDS else []
    if ledger is not None and not ledger.ok:
        reasons.append(f"{len(ledger.lost)} orders lost, {len(ledger.duplicated)} duplicated")
    return reasons


def doubt(seen: Measured, rate: float, reaches: float, workers: int = 1) -> str:
    """Return why the figures may be the generator's own and not the services', "" where there is no doubt.

    `rate` is what was asked for, `reaches` what the generator can do here, both requests/s (0: as many as can be;
    not known), `workers` how many shared the users.
    """
    own, found = seen.generator, []
    if own.late > _MOST_LATE * own.arrivals:
        found.append(f"{own.late} of {own.arrivals} requests began late")
    if own.cpu > _MOST_CPU:
        found.append(f"it took {own.cpu:.0%} of a CPU")
    if rate > reaches > 0:
        found.append(f"{rate:g} requests/s are more than the {reaches:.0f} that it reaches here")
    lost = workers - own.processes
    gone = [f"{lost} of {workers} workers were lost, with what they measured"] if lost > 0 else []
    own_fault = f"the load generator was the bottleneck, the figures are not the services': {'; '.join(found)}"
    return "; ".join([*gone, own_fault] if found else gone)


def _failed(what: str, failed: int, asked: int) -> list[str]:
    over = failed > slo.ERROR_RATIO * asked
    return [f"{failed} of {asked} {what} failed; {slo.ERROR_RATIO:.1%} may"] if over else []


def _slow(seen: Endpoint, name: str) -> str:
    return f"{name} was {seen.p95 * 1000:.0f} ms; it must be below {slo.P95_SECONDS * 1000:.0f} ms"
