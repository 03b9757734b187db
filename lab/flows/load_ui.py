"""`load.ui`: Locust's web page on this machine, for as long as was asked."""

from lab.checks.ledger import Ledger
from lab.core import proc
from lab.core.errors import CheckError, UsageError, WaitTimeout
from lab.core.paths import Paths
from lab.core.say import say
from lab.core.wait import wait
from lab.flows import load
from lab.flows.command import within
from lab.flows.load_plan import targets
from lab.tools import locust, ports
from lab.tools.locust import Plan


def serve(plan: Plan, port: int) -> Ledger | None:
    """Serve the page on 127.0.0.1:`port` until Ctrl-C, or for the plan's seconds; then count the ledger.

    Raises UsageError for a port that is none, or is taken, CommandError when Locust ends by itself, CheckError for lost
    orders.
    """
    within("port", port, 1024, 65_535)
    if not ports.is_free(port):
        raise UsageError(f"port {port} is taken by {ports.holder(port)}", fix="--port, such as --port 8189")
    paths = Paths()
    env, folder = targets(paths), paths.reports / "locust-ui"
    words, env = locust.command(plan, env, folder)
    page = ["--web-host", "127.0.0.1", "--web-port", str(port), "--class-picker"]
    process = proc.Started([*words, *page], cwd=paths.checkout, env=env, log=folder / "locust.log")
    try:
        say(f"http://127.0.0.1:{port} for {plan.seconds} s; end it with Ctrl-C")
        wait("page", process.alive, lambda alive: not alive, explain=lambda _: "open", timeout=plan.seconds)
        raise process.failure("it ended by itself")
    except WaitTimeout:
        say(f"its {plan.seconds} s are over")
    except KeyboardInterrupt:
        say("ending")
    finally:
        process.end(grace=25)
    ledger = load.count(paths, folder, env)
    if ledger is not None and not ledger.ok:
        raise CheckError(f"{len(ledger.lost)} orders lost, {len(ledger.duplicated)} duplicated", fix="./inv lab.verify")
    return ledger


def render(placed: Ledger | None) -> str:
    """Return what became of the orders in the lab."""
    return "no lab of this checkout was loaded" if placed is None else f"{placed.accepted} orders accepted, none lost"
