"""What is read from a machine's files, on machines made of text."""

from dataclasses import dataclass, field

import pytest
from perfsmith.optimizer.measure.host import ThisHost, pressure, probe

CPUINFO = """processor\t: 0
model name\t: AMD Ryzen 7 PRO
flags\t\t: fpu vme {flags}

processor\t: 1
model name\t: another
"""


@dataclass
class Host:
    """A machine as a folder of texts."""

    files: dict = field(default_factory=dict)
    programs: tuple = ()
    usable: int = 2

    def read(self, path):
        return self.files.get(path, "")

    def exists(self, path):
        return path in self.files

    def finds(self, program):
        return program in self.programs


def test_bare_metal_with_everything():
    facts = probe(
        Host(
            {
                "/proc/cpuinfo": CPUINFO.format(flags="sse"),
                "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
                "/proc/loadavg": "0.41 0.5 0.6 1/200 4242\n",
                "/proc/pressure/cpu": "some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=0.00 total=0\n",
                "/proc/sys/kernel/perf_event_paranoid": "2\n",
                "/sys/bus/event_source/devices/cpu": "",
                "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
            },
            ("valgrind",),
            usable=4,
        )
    )
    assert (facts.model, facts.virtual, facts.governor, facts.usable) == ("AMD Ryzen 7 PRO", "", "powersave", 4)
    assert (facts.load, facts.pressure, facts.counters, facts.valgrind) == (0.41, 0.125, True, True)
    assert facts.clock.endswith(", tsc")
    assert 0 < facts.resolution < 1
    assert "Python" in facts.build or "PyPy" in facts.build


def test_a_virtual_machine_is_named_where_it_names_itself():
    files = {"/proc/cpuinfo": CPUINFO.format(flags="hypervisor")}
    assert probe(Host(files)).virtual == "unknown"
    assert probe(Host(files | {"/sys/class/dmi/id/sys_vendor": "QEMU\n"})).virtual == "QEMU"
    assert probe(Host(files | {"/sys/hypervisor/type": "xen\n"})).virtual == "xen"


def test_a_machine_that_tells_nothing_is_no_error():
    facts = probe(Host())
    assert (facts.virtual, facts.governor, facts.load, facts.pressure) == ("", "", None, None)
    assert not facts.counters
    assert not facts.valgrind


@pytest.mark.parametrize(("paranoid", "euid", "allowed"), [("2", 1000, True), ("3", 1000, False), ("4", 0, True)])
def test_counters_need_the_kernels_leave(monkeypatch, paranoid, euid, allowed):
    monkeypatch.setattr("os.geteuid", lambda: euid)
    files = {"/proc/sys/kernel/perf_event_paranoid": paranoid, "/sys/bus/event_source/devices/cpu_core": ""}
    assert probe(Host(files)).counters is allowed


@pytest.mark.parametrize("text", ["", "full avg10=1.0", "some"])
def test_pressure_that_is_not_there_is_not_known(text):
    assert pressure(text) is None


def test_this_machine_can_be_probed():
    facts = probe(ThisHost())
    assert 1 <= facts.usable <= facts.cores
    assert facts.system
