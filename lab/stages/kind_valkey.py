"""Valkey in the cluster: the Secret that its pod reads, and what is asked of it from inside the pod."""

from lab.core.errors import LabError
from lab.tools import valkey
from lab.tools.kubectl import Kubectl, secret

NAMESPACE, POD, CONTAINER = "data", "redis-0", "valkey"
CONFIGURATION = "/secrets/valkey.conf"
# Passwords come by stdin alone. The file has the password that was good last; while it changes, both are.
_CLI = "REDISCLI_AUTH=$(cat /secrets/password) exec valkey-cli"


def configuration(*passwords: str) -> str:
    """Return the server's configuration: each of `passwords` lets its default user in."""
    lines = [
        f"user default {valkey.default_user(*passwords)}",
        "dir /data",
        "appendonly yes",
        'save ""',
        "maxmemory 64mb",
    ]
    return "\n".join((*lines, ""))


def valkey_secret(*passwords: str) -> str:
    """Return the manifest of the pod's Secret; its probes use the last of `passwords`."""
    return secret(NAMESPACE, "redis", {"password": passwords[-1], "valkey.conf": configuration(*passwords)})


def ask(kubectl: Kubectl, command: str) -> str:
    """Return what Valkey answers to a command, a refusal too; each line is an item. Raises CommandError."""
    words = ("exec", "--stdin", "--namespace", NAMESPACE, POD, "--container", CONTAINER, "--", "sh", "-c", _CLI)
    return kubectl.run(*words, stdin=f"{command}\n").stdout.strip()


def tell(kubectl: Kubectl, rules: str) -> None:
    """Change Valkey's default user while it runs. Raises LabError with its words when it refuses."""
    said = ask(kubectl, f"ACL SETUSER default {rules}")
    if said != "OK":
        raise LabError("Valkey does not take a new password", why=said, fix="./inv lab.logs redis")
