"""Valkey as an embedded process: appends to a file, wants a password, listens on 127.0.0.1 alone."""

import socket
from pathlib import Path

from lab.tools.embedded import Embedded


def configure(file: Path, data: Path, port: int, password: str) -> None:
    """Write the server's configuration (mode 0600: it holds the password)."""
    data.mkdir(parents=True, exist_ok=True)
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{data}"',
        "appendonly yes",
        "appendfsync everysec",
        "daemonize no",
        'save ""',
        "set-proc-title no",  # a title would overwrite the mark by which lab.down finds the process
        "maxmemory 64mb",
        "maxmemory-policy noeviction",
    ]
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n")


def default_user(*passwords: str) -> str:
    """Return the rules of the user that clients are who name none: each of `passwords` lets it in, to everything."""
    return " ".join(("on", *(f">{password}" for password in passwords), "~*", "&*", "+@all"))


def command(embedded: Embedded, file: Path) -> list[str]:
    """Return what runs the server."""
    return [str(embedded.valkey), str(file)]


def look(port: int, password: str) -> str:
    """Return "" when the server answers a PING, else why not."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:  # noqa: PLR2004 - one line for each of the two commands
                if not (part := connection.recv(512)):
                    return "closed the connection"
                answer += part
    except OSError as error:
        return str(error)
    return "" if b"+PONG" in answer else answer.decode(errors="replace").strip()
