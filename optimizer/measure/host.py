"""What of this machine bears on its timings, read from the system's own files; pure but for the port `Host`."""

import os
import platform
import shutil
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..core.machine import HostFacts

_CORES = "/sys/devices/system/cpu"
_COUNTERS = ("/sys/bus/event_source/devices/cpu", "/sys/bus/event_source/devices/cpu_core")
_PARANOID = "/proc/sys/kernel/perf_event_paranoid"
_ANYONE = 2
"""Up to this, a process may count what it does itself."""


class Host(Protocol):
    """Where the facts come from."""

    def read(self, path: str) -> str:
        """The text of a file of the system's, empty where there is none."""
        ...

    def exists(self, path: str) -> bool: ...

    def finds(self, program: str) -> bool:
        """Whether it is on the search path."""
        ...

    @property
    def usable(self) -> int:
        """Cores that this process may use."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisHost:
    """The machine we run on."""

    def read(self, path: str) -> str:
        """The text of a file of the system's, empty where it cannot be read."""
        try:
            return Path(path).read_text("utf-8", "replace")
        except OSError:
            return ""

    def exists(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return Path(path).exists()

    def finds(self, program: str) -> bool:
        """Whether it is on the search path."""
        return shutil.which(program) is not None

    @property
    def usable(self) -> int:
        """Cores that this process may use."""
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def probe(host: Host) -> HostFacts:
    """The facts as they are now."""
    cpuinfo = host.read("/proc/cpuinfo")
    clock = time.get_clock_info("monotonic")
    source = host.read("/sys/devices/system/clocksource/clocksource0/current_clocksource").strip()
    load = host.read("/proc/loadavg").split()
    return HostFacts(
        system=f"{platform.system()} {platform.release()}".strip(),
        model=_field(cpuinfo, "model name") or _field(cpuinfo, "Model") or platform.processor(),
        cores=os.cpu_count() or 1,
        usable=host.usable,
        virtual=_hypervisor(host, cpuinfo),
        governor=host.read(f"{_CORES}/cpu0/cpufreq/scaling_governor").strip(),
        load=float(load[0]) if load else None,
        pressure=pressure(host.read("/proc/pressure/cpu")),
        counters=_counters(host),
        valgrind=host.finds("valgrind"),
        build=_build(),
        clock=f"{clock.implementation}, {source}" if source else clock.implementation,
        resolution=clock.resolution,
    )


def pressure(text: str) -> float | None:
    """The share `some avg10` of a PSI file, None where there is no such line."""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["some"]:
            named = dict(word.split("=", 1) for word in words[1:] if "=" in word)
            return float(named["avg10"]) / 100 if "avg10" in named else None
    return None


def _field(text: str, name: str) -> str:
    """The value of the first `name : value` line."""
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _hypervisor(host: Host, cpuinfo: str) -> str:
    flags = (_field(cpuinfo, "flags") or _field(cpuinfo, "Features")).split()
    kind = host.read("/sys/hypervisor/type").strip()
    if "hypervisor" not in flags and not kind:
        return ""
    return kind or host.read("/sys/class/dmi/id/sys_vendor").strip() or "unknown"


def _counters(host: Host) -> bool:
    """The processor's counters are a device of the kernel's, and the kernel lets us."""
    paranoid = host.read(_PARANOID).strip()
    allowed = os.geteuid() == 0 or (paranoid.lstrip("-").isdigit() and int(paranoid) <= _ANYONE)
    return allowed and any(host.exists(place) for place in _COUNTERS)


def _build() -> str:
    """`CPython 3.12.4, optimised`: a debug build or one without optimisation times another program."""
    arguments = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    kind = "debug build" if hasattr(sys, "gettotalrefcount") else "optimised" if "optimi" in arguments else ""
    return ", ".join(filter(None, (f"{platform.python_implementation()} {platform.python_version()}", kind)))
