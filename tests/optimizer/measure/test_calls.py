"""How many calls are enough: found on the base from what the first visible step costs."""

import pytest
from perfsmith.optimizer.measure.calls import Spent, enough_calls


class Command:
    def __init__(self, start, call, waiting=0.0):
        self.start, self.call, self.waiting = start, call, waiting
        self.asked = []

    def __call__(self, calls):
        self.asked.append(calls)
        cpu = self.start + calls * self.call
        return Spent(cpu=cpu, wall=cpu + calls * self.waiting)


@pytest.mark.parametrize("call", [2e-5, 1e-4, 3e-3, 0.02, 0.2])
def test_the_work_takes_half_a_second_whatever_the_start_takes(call):
    for start in (0.02, 0.4, 1.5):
        assert enough_calls(Command(start, call)) * call == pytest.approx(0.5, rel=0.05, abs=call)


def test_what_takes_long_anyway_is_called_once():
    command = Command(0.1, 3.5)
    assert enough_calls(command) == 1
    assert command.asked == [1]


def test_waiting_counts_too():
    assert enough_calls(Command(0.1, 1e-6, waiting=0.05)) == 10


def test_a_runner_that_does_not_do_more_when_told_is_called_once():
    command = Command(0.3, 0.0)
    assert enough_calls(command) == 1
    assert command.asked[-1] == 100_000


def test_never_more_than_the_most():
    assert enough_calls(Command(0.1, 2e-6)) == 100_000
