"""A meter that runs the whole workload command in fresh processes, base and candidate next to each other.

Source of the protocol: alternating pairs in balanced order (ABBA) as in Georges et al. 2007, randomised hash seed and
environment size as in Mytkowicz et al. 2009; the seed is the same inside a pair.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from random import Random
from signal import Signals
from typing import Final, Literal

from ..core.cores import usable_cores
from ..core.errors import CandidateError, SandboxError, TargetError, beyond_limits
from ..core.ports import Clock, Completed, Job, Sandbox, Usage
from ..core.values import Workload
from ..core.verdicts import Reading, Round
from .gate import closed_gate
from .output import Pattern, Printed, begin, difference, learn
from .symptoms import advice

Order = Literal["AB", "BA", "together"]
Pair = dict[str, Completed]

_LEAST_TIMEOUT: Final = 10.0
_NAP: Final = 0.05
_ASKED: Final = 30
_ASKING_SECONDS: Final = 60.0
_COMPILE_SECONDS: Final = 300.0
_TIMES_BASE: Final = 5.0
_MOST_PADDING: Final = 4095
_CLOCK_SLACK: Final = 0.05
_LAUNCH_SLACK: Final = 0.5
OUTPUT_LIMIT: Final = 8 << 20
"""Bytes of what a workload prints that are kept and compared."""
_SHELL_SYNTAX: Final = frozenset(";&|()`{}\n")
_SHELL_WORDS: Final = re.compile(
    r"[!.:\[]|alias|bg|break|case|cd|command|continue|do|echo|eval|exec|exit|export|fg|for|function|getopts|hash|if|jobs"
    r"|local|printf|pwd|read|readonly|return|select|set|shift|source|test|times?|trap|type|ulimit|umask|unalias|unset"
    r"|until|wait|while|.*=.*"
)
_BASE_RUNS: Final = 5
"""So many runs of the base show what is stable before a candidate is refused for what it prints."""


def seconds_asleep() -> float:
    """How long the machine has been suspended since its start; 0 where the system does not tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if boot is None else time.clock_gettime(boot) - time.clock_gettime(time.CLOCK_MONOTONIC)


def _nobody(_: str) -> None:
    """Told to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandMeter:
    """Rounds of one run of the base (A) and one of the candidate (B), each in a fresh process, without end.

    `cores` bounds the CPU time that is plausible. While the rounds are asked for, raises `TargetError` with code
    `workload_failed` or `workload_timed_out` about the base, `CandidateError` `crashed`, `timed_out`,
    `wrong_behavior` (it prints something else), `cheating` (work is left to processes that outlive the command) or
    `noisy` (its time cannot be believed twice in a row), and `SandboxError` where the base cannot be measured.
    """

    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    together: bool = False
    """Both runs at the same time, sharing one core: the scheduler slices them at milliseconds, so that drift of the
    host cancels. Only CPU time means anything then, and only where a run uses no more than one core."""
    pinned: frozenset[str] = frozenset()
    """Names of workloads that use no more than one core: their runs stay on the quiet one, away from our own work."""
    say: Callable[[str], None] = _nobody
    """Told what a person should know of the rounds."""
    asleep: Clock = seconds_asleep
    frozen: frozenset[str] = frozenset()
    """Names of workloads that need not write into the tree, as the base has shown: no run of theirs can, so that no
    round finds what an earlier one has left."""

    def rounds(self, before: Sandbox, after: Sandbox, workload: Workload, seed: int) -> Iterator[Round]:
        """One uncounted pair to warm up, then rounds; another `seed` gives other hash seeds, orders and paddings."""
        rng = Random(seed)
        place = quiet_core() if self.together or workload.name in self.pinned else ()
        bench = _Bench(
            before=before,
            after=after,
            workload=workload,
            rng=rng,
            cores=self.cores,
            place=place,
            say=self.say,
            asleep=self.asleep,
            frozen=workload.name in self.frozen,
        )
        bench.warm_up()
        while self.together:
            yield bench.round("together")
        while True:
            first: Order = rng.choice(("AB", "BA"))
            yield bench.round(first)
            yield bench.round("BA" if first == "AB" else "AB")


@dataclass(slots=True, kw_only=True)
class _Watch:
    """Compares what is printed. A candidate's output is judged only after a later run of the base.

    So what changes with the hour of the day is seen in the base too before anyone is blamed; the price is that the
    output of the very last run of a session is not judged.
    """

    pattern: Pattern | None = None
    waiting: list[Printed] = field(default_factory=list[Printed])

    def saw(self, pair: Pair) -> str | None:
        """The difference that this round brought to light, or None."""
        base = _printed(pair["A"])
        self.pattern = begin(base) if self.pattern is None else learn(self.pattern, base)
        if self.pattern.runs < _BASE_RUNS:
            self.waiting.append(_printed(pair["B"]))
            return None
        judged, self.waiting = self.waiting, [_printed(pair["B"])]
        return next(filter(None, (difference(self.pattern, printed) for printed in judged)), None)


@dataclass(slots=True, kw_only=True)
class _Bench:
    """The two trees and what their runs so far have shown."""

    before: Sandbox
    after: Sandbox
    workload: Workload
    rng: Random
    cores: int
    place: tuple[int, ...] = ()
    """Cores to stay on; empty for any."""
    frozen: bool = False
    watch: _Watch = field(default_factory=_Watch)
    slowest: float = 0.0
    """Seconds of the slowest run of the base."""
    overhead: float = 0.0
    """Most seconds that starting a run of the base took beside the run itself."""
    leftovers: int = 0
    """Most processes that a run of the base left behind."""
    crashes: dict[str, int] = field(default_factory=lambda: {"A": 0, "B": 0})
    runs: dict[str, int] = field(default_factory=lambda: {"A": 0, "B": 0})
    dropped: int = 0
    say: Callable[[str], None] = _nobody
    asleep: Clock = seconds_asleep

    def warm_up(self) -> None:
        """One pair, base first: bytecode and the system's file cache are written, output and time limits learnt."""
        self._good_pair("AB", warm=True)

    def round(self, order: Order) -> Round:
        """One counted pair."""
        pair, seed = self._good_pair(order, warm=False)
        return Round(before=_reading(pair["A"]), after=_reading(pair["B"]), order=order, seed=seed)

    def _good_pair(self, order: Order, *, warm: bool) -> tuple[Pair, int]:
        """A pair that ran to the end and can be believed; each kind of trouble gets one more try with a new seed."""
        doubted = False
        while True:
            seed = self.rng.randrange(1, 2**32)
            before = self.asleep()
            pair = self._pair(order, seed, warm=warm)
            if pair is None or self._overslept(before):
                continue
            trouble = self._trouble(pair)
            if trouble is None:
                self._learn(pair)
                return pair, seed
            if doubted:
                raise trouble
            doubted = True
            self._dropped(str(trouble))

    def _overslept(self, before: float) -> bool:
        """A pair in which the machine slept is run again, whichever side it hit."""
        slept = self.asleep() - before
        if slept > _NAP:
            self._dropped(f"the machine slept for {slept:.1f} s")
        return slept > _NAP

    def _dropped(self, why: str) -> None:
        """Told of every pair that does not count: how many there were belongs to the result."""
        self.dropped += 1
        self.say(f"{self.workload.name}: {why}; {self.dropped} of {max(self.runs.values())} pairs so far do not count")

    def _pair(self, order: Order, seed: int, *, warm: bool) -> Pair | None:
        """Both runs, or None after a crash that may be tried again."""
        pair: Pair = {}
        sides = (
            self._both(seed) if order == "together" else ((side, self._run(side, seed, warm=warm)) for side in order)
        )
        for side, completed in sides:
            pair[side] = completed
            self.runs[side] += 1
            if not completed.ok:
                self._crashed(side, completed)
                return None
            if side == "A":
                self.slowest = max(self.slowest, completed.seconds)
        return pair

    def _both(self, seed: int) -> Iterator[tuple[str, Completed]]:
        """Both runs at the same time; trouble with the base is told before trouble with the candidate.

        Who starts first is drawn by lot: the first one pays for what the second one finds in the caches.
        """
        order = self.rng.choice(("AB", "BA"))
        with closed_gate() as (gate, open_gate), ThreadPoolExecutor(max_workers=2) as pool:
            jobs = {side: replace(self._job(side, seed, warm=False), gate=gate) for side in order}
            running = {side: pool.submit(self._finished, side, job) for side, job in jobs.items()}
            open_gate(tuple(running.values()))
        for side in "AB":
            yield side, running[side].result()

    def _run(self, side: str, seed: int, *, warm: bool) -> Completed:
        if warm and side == "B" and self.frozen:
            self._compile()
        return self._finished(side, self._job(side, seed, warm=warm))

    def _compile(self) -> None:
        """Bytecode for the candidate's tree where the base's has some: the candidate itself never writes any.

        A file that does not compile, as a test's data may be, has none in the base either.
        """
        base = self.before.folder
        places = sorted({str(place.parent.parent.relative_to(base)) for place in base.rglob("__pycache__/*.pyc")})
        if places:
            command = ("python", "-I", "-m", "compileall", "-q", "-l", *places)
            self.after.run(Job(command=command, timeout=_COMPILE_SECONDS))

    def _job(self, side: str, seed: int, *, warm: bool) -> Job:
        env = [("PYTHONHASHSEED", str(seed)), ("ENV_PADDING", "x" * self.rng.randint(0, _MOST_PADDING))]
        if not warm:
            env.append(("PYTHONDONTWRITEBYTECODE", "1"))
        limit = self.workload.timeout if side == "A" else max(_LEAST_TIMEOUT, _TIMES_BASE * self.slowest)
        return Job(
            command=without_shell(self.workload.command),
            timeout=limit,
            env=tuple(env),
            cores=self.place,
            metered=True,
            output_limit=OUTPUT_LIMIT,
            frozen=self.frozen and not (warm and side == "A"),
        )

    def _finished(self, side: str, job: Job) -> Completed:
        completed = (self.before if side == "A" else self.after).run(job)
        if completed.timed_out:
            raise self._timed_out(side, completed)
        if completed.exceeded and side == "A":
            raise beyond_limits(f"'{self.workload.command}'", completed.exceeded)
        if completed.exceeded:
            said = f"the workload {completed.exceeded}, and was killed"
            raise CandidateError("sandbox_violation", said, evidence=completed.tail())
        return completed

    def _timed_out(self, side: str, completed: Completed) -> TargetError | CandidateError:
        if side == "B":
            said = f"timed out after {completed.seconds:.1f} s; the base took {self.slowest:.1f} s"
            return CandidateError("timed_out", said, evidence=completed.tail())
        return TargetError(
            f"'{self.workload.command}' did not end within {self.workload.timeout:g} s on the base",
            code="workload_timed_out",
            hint="choose a workload that ends within seconds: it is run dozens of times",
        )

    def _crashed(self, side: str, completed: Completed) -> None:
        """One crash is forgiven on each side, and the candidate one more for each of the base."""
        self.crashes[side] += 1
        ending = _ending(completed.code)
        if side == "A" and self.crashes["A"] > 1:
            raise self._base_fails(ending, completed)
        if side == "B" and self.crashes["B"] > 1 + self.crashes["A"]:
            self._ask_the_base(ending, completed)
            failed = f"the workload fails in {self.crashes['B']} of {self.runs['B']} runs: {ending}"
            raise CandidateError("crashed", failed, evidence=completed.tail())
        self._dropped(f"{'the base' if side == 'A' else 'the changed code'} failed: {ending}")

    def _base_fails(self, ending: str, completed: Completed) -> TargetError:
        failed, runs = self.crashes["A"], self.runs["A"]
        hint = advice(completed.tail()) or "make it succeed every time in a clean checkout"
        return TargetError(
            f"'{self.workload.command}' failed in {failed} of {runs} runs on the base: {ending}",
            code="workload_failed",
            hint=f"{hint}; it said:\n{completed.tail()}",
        )

    def _ask_the_base(self, ending: str, completed: Completed) -> None:
        """Nobody is blamed for a workload that fails now and then: does the base, given more chances, fail as well?

        At one failure in ten, 30 more runs show none in one case of 24; a candidate that has never succeeded gets no
        such help.
        """
        if self.crashes["A"]:
            raise self._base_fails(ending, completed)
        if self.crashes["B"] == self.runs["B"]:
            return
        end = time.monotonic() + _ASKING_SECONDS
        for _ in range(_ASKED):
            completed = self._run("A", self.rng.randrange(1, 2**32), warm=False)
            self.runs["A"] += 1
            if not completed.ok:
                self.crashes["A"] += 1
                raise self._base_fails(_ending(completed.code), completed)
            if time.monotonic() > end:
                return

    def _trouble(self, pair: Pair) -> SandboxError | CandidateError | None:
        """What makes the pair worthless, or None."""
        base, changed = (_usage(pair[side]) for side in "AB")
        doubt = implausible(base, pair["A"].seconds, self.cores)
        if doubt:
            hint = "measure on a machine with a steady clock, or choose a longer workload"
            return SandboxError(f"the base's time cannot be believed: {doubt}", code="clock", hint=hint)
        launch = max(self.overhead, pair["A"].seconds - base.wall)
        doubt = implausible(changed, pair["B"].seconds, self.cores, launch=launch)
        if doubt:
            return CandidateError("noisy", f"its time cannot be believed: {doubt}")
        left = changed.leftovers
        if left > max(self.leftovers, base.leftovers):
            return CandidateError("cheating", f"leaves work to {left} processes that outlive the command")
        return None

    def _learn(self, pair: Pair) -> None:
        base = _usage(pair["A"])
        self.overhead = max(self.overhead, pair["A"].seconds - base.wall)
        self.leftovers = max(self.leftovers, base.leftovers)
        evidence = self.watch.saw(pair)
        if evidence:
            raise CandidateError("wrong_behavior", "the workload prints something else", evidence=evidence)


def without_shell(command: str) -> str:
    """A simple command with `exec` before it; anything that needs the shell to stay as it is.

    Not every `/bin/sh` makes way for its last command by itself, and of the process that it started the launcher sees
    the run-queue delay to the end, of a shell's child nearly to the end only.
    """
    first = command.split(maxsplit=1)[0] if command.split() else ""
    simple = first and not _SHELL_WORDS.fullmatch(first) and not _SHELL_SYNTAX.intersection(command)
    return f"exec {command}" if simple else command


def quiet_core() -> tuple[int, ...]:
    """The last core we may use, away from the tool's own work, which is kept on the others meanwhile."""
    return usable_cores()[-1:]


def implausible(usage: Usage, seconds: float, cores: int, *, launch: float | None = None) -> str | None:
    """Why a usage cannot be right, given the `seconds` that passed on our own clock, or None.

    `launch` is the most that starting a run took on the other side; a run that claims to have taken much less than
    our clock saw has to have been started as slowly.
    """
    if usage.wall <= 0 or usage.cpu < 0:
        return f"{usage.wall:.3f} s wall and {usage.cpu:.3f} s CPU"
    if usage.wall > 1.01 * seconds + _CLOCK_SLACK:
        return f"{usage.wall:.3f} s inside {seconds:.3f} s"
    if usage.cpu > 1.1 * cores * usage.wall + _CLOCK_SLACK:
        return f"{usage.cpu:.3f} s CPU within {usage.wall:.3f} s on {cores} cores"
    if launch is not None and seconds - usage.wall > 3 * launch + _LAUNCH_SLACK:
        return f"it claims {usage.wall:.3f} s of the {seconds:.3f} s that passed"
    return None


def _usage(completed: Completed) -> Usage:
    if completed.usage is None:
        hint = "report this: a metered command has to come back with its usage"
        raise SandboxError("the sandbox did not meter the workload", code="not_metered", hint=hint)
    return completed.usage


def _reading(completed: Completed) -> Reading:
    usage = _usage(completed)
    return Reading(wall=usage.wall, cpu=usage.cpu, delay=usage.delay, peak=usage.peak, tasks=usage.tasks)


def _printed(completed: Completed) -> Printed:
    usage = _usage(completed)
    cut = completed.truncated and len(completed.stdout) >= OUTPUT_LIMIT
    return Printed(text=completed.stdout, seconds=max(usage.wall, usage.cpu), truncated=cut)


def _ending(code: int) -> str:
    """How a command ended, for a person."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"killed by {Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
