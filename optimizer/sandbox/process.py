"""The only place that starts processes: own session, deadline, capped output, the whole tree killed at the end."""

import contextlib
import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..core.errors import SandboxError
from ..core.ports import Completed
from .orphans import MARK
from .ownership import own_mark

_CHUNK = 1 << 16
_POLL = 0.05
_DRAIN = 0.5
"""Seconds for what a process that has ended left in its pipes; others may hold them open and write on."""
_TRIES = 20
_PAUSE = 0.005


@dataclass(slots=True)
class _Captured:
    """One output stream, as far as it is kept."""

    data: bytearray
    limit: int
    truncated: bool = False

    def add(self, chunk: bytes) -> None:
        room = self.limit - len(self.data)
        self.data += chunk[:room]
        self.truncated = self.truncated or len(chunk) > room


def run_process(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
    output_limit: int = 8 << 20,
    pass_fds: tuple[int, ...] = (),
) -> Completed:
    """Run to the end or to the deadline; nothing of it is alive afterwards.

    Raises `SandboxError` if the program cannot be started at all.
    """
    mark = own_mark() + secrets.token_hex(8)
    start = time.monotonic()
    process = _started(argv, cwd=cwd, env={**env, MARK: mark}, pass_fds=pass_fds)
    out, err = _Captured(bytearray(), output_limit), _Captured(bytearray(), output_limit)
    try:
        timed_out = not _exchange(process, stdin, out, err, start + timeout)
        seconds = time.monotonic() - start
    finally:
        _end(process, mark)
    return Completed(
        code=process.returncode,
        stdout=bytes(out.data),
        stderr=bytes(err.data),
        seconds=seconds,
        timed_out=timed_out,
        truncated=out.truncated or err.truncated,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process that runs, and our ends of its pipes."""

    pid: int
    stdin: int
    stdout: int
    stderr: int


@contextlib.contextmanager
def started(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], pass_fds: tuple[int, ...] = ()
) -> Generator[Started]:
    """A process to talk to; nothing of it is alive after the block, however that ends.

    Raises `SandboxError` if the program cannot be started at all.
    """
    mark = own_mark() + secrets.token_hex(8)
    process = _started(argv, cwd=cwd, env={**env, MARK: mark}, pass_fds=pass_fds)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        yield Started(
            pid=process.pid,
            stdin=process.stdin.fileno(),
            stdout=process.stdout.fileno(),
            stderr=process.stderr.fileno(),
        )
    finally:
        _end(process, mark)


def _started(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], pass_fds: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, pass_fds=pass_fds
        )
    except OSError as error:
        raise SandboxError(
            f"cannot start {argv[0]}: {error.strerror}", code="cannot_start", hint="is it installed and executable?"
        ) from error


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill all that is left of it, and let go of its pipes."""
    if process.poll() is None:
        _kill_descendants(process.pid)
    _kill_group(process.pid)
    process.wait()
    _kill_marked(mark)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _exchange(process: subprocess.Popen[bytes], stdin: bytes, out: _Captured, err: _Captured, deadline: float) -> bool:
    """Feed and read until the process has ended; False when the deadline came first."""
    assert process.stdin is not None
    with selectors.DefaultSelector() as selector, _ending(process.pid, selector):
        for stream, captured in ((process.stdout, out), (process.stderr, err)):
            assert stream is not None
            selector.register(stream, selectors.EVENT_READ, captured)
        os.set_blocking(process.stdin.fileno(), False)
        selector.register(process.stdin, selectors.EVENT_WRITE)
        pending = _feed(selector, process.stdin, memoryview(stdin))
        ended = False
        while True:
            if not ended and process.poll() is not None:
                ended, deadline = True, time.monotonic() + _DRAIN
            left = deadline - time.monotonic()
            if left <= 0:
                return ended
            ready = selector.select(timeout=0 if ended else min(_POLL, left))
            busy = [_drain(selector, key) for key, _ in ready if isinstance(key.data, _Captured)]
            if any(key.fileobj is process.stdin for key, _ in ready):
                pending = _feed(selector, process.stdin, pending)
            if ended and not busy:
                return True


@contextlib.contextmanager
def _ending(pid: int, selector: selectors.BaseSelector) -> Generator[None]:
    """Wake the selector when the process ends, where the kernel can tell; else it wakes by polling."""
    try:
        fd = os.pidfd_open(pid)
    except (AttributeError, OSError):
        yield
        return
    try:
        selector.register(fd, selectors.EVENT_READ)
        yield
    finally:
        os.close(fd)


def _feed(selector: selectors.BaseSelector, stream: IO[bytes], pending: memoryview) -> memoryview:
    try:
        pending = pending[os.write(stream.fileno(), pending[:_CHUNK]) :] if pending else pending
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        pending = pending[:0]
    if not pending:
        selector.unregister(stream)
        stream.close()
    return pending


def _drain(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    chunk = os.read(key.fd, _CHUNK)
    if chunk:
        key.data.add(chunk)
    else:
        selector.unregister(key.fileobj)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _kill_descendants(pid: int) -> None:
    """Kill what a living process started, daemons that dropped their environment included: its launcher adopts them."""
    for _ in range(_TRIES):
        found = _descendants(pid)
        if not found:
            return
        _kill(found)
        time.sleep(_PAUSE)


def _descendants(pid: int) -> list[int]:
    """Living descendants by parent's number; zombies are left out."""
    children: dict[int, list[int]] = {}
    for other in _pids():
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, parent = Path(f"/proc/{other}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(other)
    found = children.get(pid, []).copy()
    for other in found:
        found += children.get(other, [])
    return found


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _kill_marked(mark: str) -> None:
    """Kill what left the session: daemons still carry the mark in their environment."""
    needle = f"{MARK}={mark}".encode()
    for _ in range(_TRIES):
        found = [pid for pid in _pids() if needle in _environment(pid)]
        if not found:
            return
        _kill(found)
        time.sleep(_PAUSE)


def _pids() -> list[int]:
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()] if proc.is_dir() else []


def _environment(pid: int) -> bytes:
    """A living process's environment; empty for zombies and for what is not ours."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
