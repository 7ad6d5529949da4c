"""Keeps this process from reaching beyond this machine, whatever a library, a redirect or a proxy wants."""

import socket
import sys
from typing import Any

from ...optimizer.core.errors import ModelError
from ._loopback import is_loopback

_CALLS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_NAMES = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


def stay_on_this_machine() -> None:
    """From now on and to the end of this process, every connection and look-up beyond loopback is a `ModelError`."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CALLS:
        connection, address = arguments[0], arguments[1]
        if connection.family in (socket.AF_INET, socket.AF_INET6) and address:
            _check(str(address[0]))
    elif event in _NAMES and arguments[0]:
        host = arguments[0]
        _check(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))


def _check(host: str) -> None:
    shown = f"[{host}]" if ":" in host else host
    if not is_loopback(f"http://{shown}/"):
        raise ModelError(
            f"--offline forbids a connection to {host}: it is not on this machine",
            code="offline",
            hint="name a local server with --api-base, use --model rules, or leave --offline away",
        )
