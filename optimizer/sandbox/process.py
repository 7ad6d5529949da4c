"""The only place that starts processes: own session, deadline, capped output, the whole tree killed at the end."""

import contextlib
import ctypes
import os
import secrets
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from ..core.errors import SandboxError
from ..core.ports import Completed
from .family import alive, born, children, descendants, pids, session
from .orphans import MARK
from .ownership import own_mark
from .watchdog import Guard, Watch, watching

_CHUNK = 1 << 16
_POLL = 0.05
_GRACE = 2.0
"""Seconds that a process has to put its things in order when it is asked to end."""
_DRAIN = 0.5
"""Seconds for what a process that has ended left in its pipes; others may hold them open and write on."""
_TRIES = 20
_PAUSE = 0.005
_SUBREAPER = 36
_RUNNING: set[int] = set()
"""What this process has started and not yet waited for."""
_LOCK = threading.Lock()


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


def run_process(  # noqa: PLR0913 - a process has many sides, and only the first four have no default
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
    output_limit: int = 8 << 20,
    pass_fds: tuple[int, ...] = (),
    guard: Guard | None = None,
) -> Completed:
    """Run to the end or to the deadline; nothing of it is alive afterwards.

    A watchdog kills it beyond the limits of `guard`.
    Raises `SandboxError` if the program cannot be started at all.
    """
    start = time.monotonic()
    out, err = _Captured(bytearray(), output_limit), _Captured(bytearray(), output_limit)
    with _running(argv, cwd=cwd, env=env, pass_fds=pass_fds, guard=guard) as (process, watch):
        timed_out = not _exchange(process, stdin, out, err, start + timeout)
        seconds = time.monotonic() - start
    return Completed(
        code=process.returncode,
        stdout=bytes(out.data),
        stderr=bytes(err.data),
        seconds=seconds,
        timed_out=timed_out,
        truncated=out.truncated or err.truncated,
        exceeded=watch.exceeded,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process that runs, and our ends of its pipes."""

    pid: int
    stdin: int
    stdout: int
    stderr: int
    watch: Watch = field(default_factory=Watch)


@contextlib.contextmanager
def started(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    pass_fds: tuple[int, ...] = (),
    guard: Guard | None = None,
) -> Generator[Started]:
    """A process to talk to; nothing of it is alive after the block, however that ends.

    Beyond the limits of `guard` it is killed, and `Started.watch` says why.
    Raises `SandboxError` if the program cannot be started at all.
    """
    with _running(argv, cwd=cwd, env=env, pass_fds=pass_fds, guard=guard) as (process, watch):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        yield Started(
            pid=process.pid,
            stdin=process.stdin.fileno(),
            stdout=process.stdout.fileno(),
            stderr=process.stderr.fileno(),
            watch=watch,
        )


def heard(process: subprocess.Popen[bytes], timeout: float) -> tuple[bytes, bytes] | None:
    """Output and errors of a process that somebody else began, at its end; None where the deadline came first.

    However this is left, it and what it started are asked to end, and then made to. What the kernel does not let go of
    is left behind.
    """
    try:
        return process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            _kill_descendants(process.pid)
            for end in (process.terminate, process.kill):
                end()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE)
        _close(process)


@contextlib.contextmanager
def _running(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    pass_fds: tuple[int, ...],
    guard: Guard | None,
) -> Generator[tuple[subprocess.Popen[bytes], Watch]]:
    """The one way in which processes begin and end."""
    mark = own_mark() + secrets.token_hex(8)
    _adopt()
    process = _started(argv, cwd=cwd, env={**env, MARK: mark}, pass_fds=pass_fds)
    watch = Watch()
    try:
        with watching(process.pid, guard) as watch:
            yield process, watch
    finally:
        _end(process, mark, watch.seen)


def _started(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], pass_fds: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        with _LOCK:
            process = subprocess.Popen(
                argv, cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, pass_fds=pass_fds
            )
            _RUNNING.add(process.pid)
        return process
    except OSError as error:
        raise SandboxError(
            f"cannot start {argv[0]}: {error.strerror}", code="cannot_start", hint="is it installed and executable?"
        ) from error


def _end(process: subprocess.Popen[bytes], mark: str, seen: Mapping[int, str]) -> None:
    """Kill all that is left of it, and let go of its pipes."""
    if process.poll() is None:
        _kill_descendants(process.pid)
    _kill_group(process.pid)
    process.wait()
    _kill_marked(mark)
    _kill_known(seen)
    with _LOCK:
        _RUNNING.discard(process.pid)
    if process.returncode < 0:
        _kill_orphans()
    _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
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
    _kill_all(lambda: [other for other in descendants(pid) if alive(other)])


def _kill_marked(mark: str) -> None:
    """Kill what left the session: daemons still carry the mark in their environment."""
    needle = f"{MARK}={mark}".encode()
    _kill_all(lambda: [pid for pid in pids() if needle in _environment(pid)])


def _kill_known(seen: Mapping[int, str]) -> None:
    """Kill what a watchdog saw and what is still the same process: it outlived its launcher."""
    _kill_all(lambda: [pid for pid, birth in seen.items() if birth and born(pid) == birth and alive(pid)])


def _kill_orphans() -> None:
    """Kill what lost its launcher: a child of ours by now, in a session that is neither ours nor a running job's."""
    own = os.getsid(0)

    def orphans() -> list[int]:
        with _LOCK:
            jobs = set(_RUNNING)
        return [pid for pid in children(os.getpid()) if pid not in jobs and session(pid) not in {own, 0, *jobs}]

    for _ in range(_TRIES):
        found = orphans()
        _kill(found)
        for pid in found:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        if not found:
            return


def _kill_all(find: Callable[[], list[int]]) -> None:
    for _ in range(_TRIES):
        found = find()
        if not found:
            return
        _kill(found)
        time.sleep(_PAUSE)


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _environment(pid: int) -> bytes:
    """A living process's environment; empty for zombies and for what is not ours."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


@cache
def _adopt() -> None:
    """Become the parent of orphans (Linux): what kills its launcher is not out of reach."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
