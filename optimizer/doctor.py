"""What may keep this machine and this set-up from giving good answers, and what to do about it; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .core import units
from .core.machine import HostFacts, NoiseFloor
from .measure.noise import objection

Status = Literal["ok", "warn", "fail"]

_LEAST_SPACE: Final = 200 << 20
_SOME_SPACE: Final = 2 << 30
_PRESSED: Final = 0.2
_COARSE_CLOCK: Final = 1e-6
_SLOW_CLOCKS: Final = ("hpet", "acpi_pm", "jiffies")
_STEADY: Final = ("performance", "schedutil", "")
_POOR: Final = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What beside the machine itself matters."""

    git: str
    """Its version; empty where it is missing."""
    sandbox: str
    """The level that is used."""
    why: str
    """Why not a stronger one; empty where there is none."""
    state: str
    """The folder in which runs and trees are kept."""
    free: int
    """Bytes that can be written there."""
    models: tuple[str, ...]
    """Names of the variables for models that are set; never their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the answer; `fix` is one thing to do, empty where nothing is to be done."""

    name: str
    status: Status
    text: str
    fix: str = ""


def worst(findings: Sequence[Finding]) -> Status:
    """The status of the whole."""
    found = {finding.status for finding in findings}
    return "fail" if "fail" in found else "warn" if "warn" in found else "ok"


def diagnose(host: HostFacts, setup: Setup) -> tuple[Finding, ...]:
    """A line for everything that was looked at, in the order in which a person should read them."""
    return (*_machine(host), *_clocks(host), *_tools(host), *_surroundings(setup))


def noise_finding(floor: NoiseFloor) -> Finding:
    """What one workload can show here."""
    against = objection(floor)
    if against is not None:
        return Finding(name="noise", status="fail", text=f"{floor.workload}: {against.why}", fix=against.hint)
    said = (
        f"{floor.workload}: {units.percent(floor.share)} ({floor.pairs} pairs of the same code); "
        f"48 pairs show a speedup of {floor.detectable:.3f}x or more"
    )
    fix = "a quieter machine, or a longer workload (0.2 to 2 s), shows less" if floor.detectable > _POOR else ""
    return Finding(name="noise", status="warn" if fix else "ok", text=said, fix=fix)


def _machine(host: HostFacts) -> Iterator[Finding]:
    cores = f"{host.usable} of {host.cores} cores" if host.usable != host.cores else f"{host.cores} cores"
    few = "with one core the tool's own work disturbs what it measures; give it two" if host.usable < 2 else ""
    yield _found("processor", f"{host.model or 'unknown'}, {cores}, {host.system}", few)
    if host.virtual:
        yield Finding(name="virtual", status="ok", text=f"yes (hypervisor: {host.virtual}): neighbours may make noise")
    if host.governor:
        steady = host.governor in _STEADY
        fix = "" if steady else "for steadier times: sudo cpupower frequency-set -g performance"
        yield _found("governor", host.governor, fix)
    if host.load is not None:
        busy = host.load > host.usable
        waiting = "" if host.pressure is None else f", something waited in {host.pressure:.0%} of the last 10 s"
        pressed = busy or (host.pressure or 0.0) > _PRESSED
        fix = "end other work: decisions take longer on a busy machine (CPU time still holds)" if pressed else ""
        yield _found("load", f"{host.load:.2f} on {host.usable} cores{waiting}", fix)


def _clocks(host: HostFacts) -> Iterator[Finding]:
    slow = any(name in host.clock for name in _SLOW_CLOCKS) or host.resolution > _COARSE_CLOCK
    fix = "the system's clock source is slow or coarse; in a virtual machine, ask for tsc or kvm-clock" if slow else ""
    yield _found("clock", f"{host.clock}, resolution {host.resolution * 1e9:.0f} ns", fix)


def _tools(host: HostFacts) -> Iterator[Finding]:
    debug = "use an optimised build of Python: a debug build times another program" if "debug" in host.build else ""
    yield _found("python", host.build, debug)
    yield Finding(name="counters", status="ok", text="can be read" if host.counters else "not to be had here")
    said = "installed" if host.valgrind else "not installed: no second opinion by instruction counts"
    yield Finding(name="valgrind", status="ok", text=said)


def _surroundings(setup: Setup) -> Iterator[Finding]:
    if setup.git:
        yield Finding(name="git", status="ok", text=setup.git)
    else:
        yield Finding(name="git", status="fail", text="not found", fix="install git 2.30 or newer")
    yield _sandbox(setup)
    yield _space(setup)
    names = ", ".join(setup.models)
    none = "no variable of a model is set: --model rules and cmd:COMMAND work without"
    yield Finding(name="models", status="ok", text=f"set: {names}" if names else none)


def _sandbox(setup: Setup) -> Finding:
    weak = setup.sandbox == "process"
    text = f"{setup.sandbox} ({setup.why})" if setup.why else setup.sandbox
    fix = "code of a model would run with no walls for files and network: install bubblewrap" if weak else ""
    return _found("sandbox", text, fix)


def _space(setup: Setup) -> Finding:
    text = f"{units.size(setup.free)} free in {setup.state}"
    fix = "free some space, or point XDG_STATE_HOME to a larger disk"
    if setup.free < _LEAST_SPACE:
        return Finding(name="disk", status="fail", text=text, fix=fix)
    return _found("disk", text, fix if setup.free < _SOME_SPACE else "")


def _found(name: str, text: str, fix: str) -> Finding:
    """A warning where there is something to do."""
    return Finding(name=name, status="warn" if fix else "ok", text=text, fix=fix)
