"""Which finding follows from which fact, and that every fault comes with one thing to do."""

from dataclasses import replace

import pytest
from perfsmith.optimizer.core.machine import HostFacts, NoiseFloor
from perfsmith.optimizer.doctor import Setup, diagnose, noise_finding, worst
from perfsmith.optimizer.views.checkup import checkup

HOST = HostFacts(
    system="Linux 6.8.0",
    model="AMD Ryzen 7",
    cores=8,
    usable=8,
    virtual="",
    governor="performance",
    load=0.4,
    pressure=0.01,
    counters=True,
    valgrind=True,
    build="CPython 3.12.4, optimised",
    clock="clock_gettime(CLOCK_MONOTONIC), tsc",
    resolution=1e-9,
)
SETUP = Setup(git="2.39.5", sandbox="bubblewrap", why="", state="/state", free=50 << 30, models=("OPENAI_API_KEY",))
FLOOR = NoiseFloor(
    workload="bench.py",
    share=0.012,
    biased=False,
    ratio=1.001,
    low=0.99,
    high=1.012,
    metric="cpu",
    together=True,
    wall=0.2,
    cpu=0.2,
    pairs=12,
    detectable=1.024,
)


def found(name, host=HOST, setup=SETUP):
    (finding,) = [finding for finding in diagnose(host, setup) if finding.name == name]
    return finding


def test_a_good_machine_has_nothing_to_fix():
    findings = diagnose(HOST, SETUP)
    assert worst(findings) == "ok"
    assert not any(finding.fix for finding in findings)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("processor", {"usable": 1}, "two"),
        ("governor", {"governor": "powersave"}, "performance"),
        ("load", {"load": 9.0}, "other work"),
        ("load", {"pressure": 0.5}, "other work"),
        ("clock", {"clock": "clock_gettime(CLOCK_MONOTONIC), hpet"}, "clock source"),
        ("clock", {"resolution": 1e-3}, "clock source"),
        ("python", {"build": "CPython 3.12.4, debug build"}, "optimised build"),
    ],
)
def test_a_fault_of_the_machine_is_a_warning_with_a_fix(name, change, said):
    finding = found(name, replace(HOST, **change))
    assert finding.status == "warn"
    assert said in finding.fix


@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("git", {"git": ""}, "fail"),
        ("sandbox", {"sandbox": "process", "why": "bubblewrap is not installed"}, "warn"),
        ("disk", {"free": 1 << 30}, "warn"),
        ("disk", {"free": 10 << 20}, "fail"),
        ("models", {"models": ()}, "ok"),
    ],
)
def test_a_fault_of_the_set_up(name, change, status):
    finding = found(name, setup=replace(SETUP, **change))
    assert finding.status == status
    assert bool(finding.fix) == (status != "ok")


def test_a_machine_that_tells_little_has_fewer_lines():
    silent = replace(HOST, model="", governor="", load=None, pressure=None, virtual="")
    assert {"governor", "load", "virtual"}.isdisjoint(finding.name for finding in diagnose(silent, SETUP))


def test_the_noise_says_what_can_be_shown():
    finding = noise_finding(FLOOR)
    assert finding.status == "ok"
    assert "1.2%" in finding.text
    assert "1.024x" in finding.text
    assert noise_finding(replace(FLOOR, detectable=1.2)).status == "warn"
    biased = noise_finding(replace(FLOOR, biased=True, ratio=1.03))
    assert (biased.status, "1.030x" in biased.text) == ("fail", True)


def test_what_to_do_stands_below_its_fault():
    lines = checkup(diagnose(replace(HOST, usable=1), SETUP)).splitlines()
    assert lines[0].split()[:2] == ["warn", "processor"]
    assert lines[1].strip().startswith("-> with one core")
