"""`perfsmith doctor`: is this machine and this set-up fit for good answers, and what would make it so?"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from ..optimizer.attempt import told
from ..optimizer.core.errors import PerfsmithError, TargetError, UsageError
from ..optimizer.core.events import FloorMeasured, StepStarted
from ..optimizer.core.machine import NoiseFloor
from ..optimizer.core.values import Workload
from ..optimizer.core.verdicts import Round
from ..optimizer.doctor import Finding, Setup, diagnose, noise_finding, worst
from ..optimizer.loop import finish
from ..optimizer.measure.command import CommandMeter
from ..optimizer.measure.host import ThisHost, probe
from ..optimizer.measure.noise import noise_floor
from ..optimizer.sandbox.choice import choose
from ..optimizer.views.checkup import checkup, doctor_document
from .run import Output, Run, introduce, measuring, print_result, recorded, timed_alone, warner
from .target import Asked, Target, open_target, state_folder

_MODEL_VARIABLES = (
    "PERFSMITH_MODEL",
    "PERFSMITH_API_BASE",
    "PERFSMITH_API_KEY",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "MISTRAL_API_KEY",
    "DEEPSEEK_API_KEY",
    "GROQ_API_KEY",
    "XAI_API_KEY",
    "TOGETHERAI_API_KEY",
    "OPENROUTER_API_KEY",
    "FIREWORKS_AI_API_KEY",
    "AZURE_API_KEY",
    "AZURE_API_BASE",
    "OLLAMA_HOST",
    "OLLAMA_API_BASE",
    "HOSTED_VLLM_API_BASE",
    "HOSTED_VLLM_API_KEY",
)
_ASK = 'see what a workload can show here: perfsmith doctor --workload "python bench.py"'


def doctor(asked: Asked, output: Output) -> int:
    """Look at everything, at the target's workloads too where there are some; returns the exit code."""
    host = probe(ThisHost())
    floors: list[NoiseFloor] = []
    findings = list(diagnose(host, _setup(asked)))
    try:
        findings += _target(asked, output, floors)
    except (TargetError, UsageError) as error:
        findings.append(_trouble(asked, error))
    status = worst(findings)
    if output.form == "json":
        print_result(doctor_document(status, findings, host, floors, _models()))
    elif output.form == "human":
        print_result(checkup(findings))
    return 1 if status == "fail" else 0


def _trouble(asked: Asked, error: PerfsmithError) -> Finding:
    """Outside a repository there is no target to look at: a fault only where one was named."""
    named = bool(asked.options.get("workload")) or asked.repo != Path.cwd()
    status = "fail" if named or error.code != "not_a_repository" else "ok"
    return Finding(name="target", status=status, text=str(error), fix=error.hint if status == "fail" else "")


def _setup(asked: Asked) -> Setup:
    state = state_folder()
    wanted = asked.options.get("sandbox")
    choice = choose(wanted if isinstance(wanted, str) else "auto", Path.home(), state)
    place = next(folder for folder in (state, *state.parents) if folder.is_dir())
    return Setup(
        git=_git(),
        sandbox=choice.walls.level,
        why=choice.why,
        state=str(state),
        free=shutil.disk_usage(place).free if os.access(place, os.W_OK) else 0,
        models=_models(),
    )


def _git() -> str:
    if shutil.which("git") is None:
        return ""
    from ..optimizer.sandbox.git import version

    return version()


def _models() -> tuple[str, ...]:
    return tuple(name for name in _MODEL_VARIABLES if os.environ.get(name))


def _target(asked: Asked, output: Output, floors: list[NoiseFloor]) -> list[Finding]:
    with recorded(state_folder(), output) as run:
        target = open_target(asked)
        introduce(target, run, "")
        facts = target.python.facts
        findings = [
            Finding(name="target", status="ok", text=f"{target.checkout.root}, Python {facts.version}"),
            *(Finding(name="settings", status="warn", text=warning) for warning in target.warnings),
        ]
        finish(lambda: floors.extend(_floors(target, run)), run.record)
    findings += [noise_finding(floor) for floor in floors]
    if not floors:
        findings.append(Finding(name="noise", status="ok", text=f"not measured; {_ASK}"))
    return findings


def _floors(target: Target, run: Run) -> Iterator[NoiseFloor]:
    workloads = target.goal.workloads
    timed = timed_alone(target, workloads, run)
    seeds = Random(target.goal.seed)
    for workload in workloads:
        shared = workload.name in timed.cpu_bound
        meter = CommandMeter(together=shared, say=warner(run.record), frozen=timed.frozen)
        floor = _floor(target, run, workload, meter, seeds.getrandbits(32))
        run.record(FloorMeasured(base=target.base.revision, floor=floor))
        yield floor


def _floor(target: Target, run: Run, workload: Workload, meter: CommandMeter, seed: int) -> NoiseFloor:
    run.record(StepStarted(what=f"measuring {workload.name} against itself"))
    with ExitStack() as stack:
        stack.enter_context(measuring(target, run))
        trees = stack.enter_context(target.base.fork()), stack.enter_context(target.base.fork())
        rounds: Iterator[Round] = meter.rounds(*trees, workload, seed)
        taken = told(rounds, run.record, target.base.revision, workload, "floor")
        return noise_floor(workload.name, taken, gain=target.goal.min_gain)
