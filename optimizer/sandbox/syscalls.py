"""Filters of system calls, for what no namespace and no file rule walls off (seccomp(2)), as the kernel takes them."""

import platform
import struct
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _MACHINE, _FIRST = 0, 4, 16
"""Where the number of a call, the machine's kind and the first argument stand."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_OTHER_CALLS = 0x40000000
"""Numbers from here on are x32's: the same calls once more."""
_AF_VSOCK = 40
_IO_URING = (425, 426, 427)
"""The same everywhere; sockets can be made by it, too, past any filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    audit: int
    socket: int
    keys: tuple[int, ...]
    """add_key, request_key, keyctl."""
    lasting: tuple[int, ...]
    """msgget, semget, shmget, mq_open: what is made by them outlives every process."""


_MACHINES = {
    "x86_64": _Machine(audit=0xC000003E, socket=41, keys=(248, 249, 250), lasting=(68, 64, 29, 240)),
    "aarch64": _Machine(audit=0xC00000B7, socket=198, keys=(217, 218, 219), lasting=(186, 190, 194, 180)),
}
_HERE = _MACHINES.get(platform.machine())


def known() -> bool:
    """Whether a filter can be made for this machine."""
    return _HERE is not None


def in_namespaces() -> bytes:
    """Keys belong to a user's session, AF_VSOCK to the whole machine, whatever the namespace. Empty where not known."""
    if _HERE is None:
        return b""
    vsock = [
        (_LOAD, 0, 0, _FIRST),
        (_EQUAL, 0, 1, _AF_VSOCK),
        (_RETURN, 0, 0, _REFUSE | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return _program(_HERE, _HERE.keys, [(_EQUAL, 0, len(vsock), _HERE.socket), *vsock])


def without_namespaces() -> bytes:
    """The same for walls that are made of rules alone: no sockets at all, nor anything in memory that lasts."""
    return b"" if _HERE is None else _program(_HERE, (_HERE.socket, *_HERE.keys, *_HERE.lasting), [])


def _program(machine: _Machine, refused: tuple[int, ...], more: list[tuple[int, int, int, int]]) -> bytes:
    """Calls of other kinds of machines that this one can make are refused: they have other numbers."""
    lines = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _REFUSE | _EPERM)]
    lines += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _OTHER_CALLS), (_RETURN, 0, 0, _REFUSE | _EPERM)]
    for number, error in (*((number, _EPERM) for number in refused), *((number, _ENOSYS) for number in _IO_URING)):
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE | error)]
    return b"".join(struct.pack("=HBBI", *line) for line in (*lines, *more, (_RETURN, 0, 0, _ALLOW)))
