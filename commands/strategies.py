"""Who proposes: the rewrite rules, or a model with the strategy `repair`; with all that a model needs put together."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..agents.context import Facts
from ..agents.models import Access, connect, wrapped
from ..agents.models._metered import Purse
from ..agents.models._offline import stay_on_this_machine
from ..agents.models._shown import Shown
from ..agents.strategies.repair import Repair
from ..agents.strategies.rewrite import Rewrite
from ..optimizer.core.ports import Completed, Model, Strategy
from ..optimizer.core.values import Prompt, Reply
from ..optimizer.sandbox.process import run_process
from ..optimizer.sandbox.scratch import scratch_folder
from ..optimizer.sandbox.walls import Mount, View, Walls, laid
from ..optimizer.views.fit import visible
from .own import users_secrets
from .past import Past
from .run import Run
from .target import Target, conditions

_KEYS = ("PERFSMITH_API_KEY", "OPENAI_API_KEY")
_TOOL_SECONDS = 60.0


def choose_strategy(model_id: str, target: Target, run: Run, past: Past) -> Strategy:
    """The strategy for a model id. Raises `UsageError` or `ModelError` before anything is profiled."""
    if model_id == "rules":
        return Rewrite(tool=run_tool)
    settings = target.settings
    access = Access(
        api_base=conditions(settings).api_base,
        api_key=settings.api_key or next((os.environ[key] for key in _KEYS if os.environ.get(key)), ""),
        offline=settings.offline,
        run=cut_off(target.choice.walls) if settings.offline else run_command,
        show=_show if sys.stdin.isatty() or not settings.no_input else None,
        read=lambda: _read(run),
    )
    purse = Purse()
    for reply in past.replies.values():
        purse.tokens += (reply.tokens_in or 0) + (reply.tokens_out or 0)
        purse.usd += reply.usd or 0.0
    model = wrapped(
        connect(model_id, access),
        access=access,
        budget=settings.budget,
        purse=purse,
        record=run.record,
        save=Path(settings.record) if settings.record else None,
    )
    if settings.offline:
        stay_on_this_machine()
    shown = Shown(model=model, show=_tell) if settings.show_prompt else model
    facts = Facts(python=target.python.facts.version)
    return Repair(
        model=Remembered(model=shown, replies=past.replies),
        record=run.record,
        facts=facts,
        secrets=users_secrets(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A model that is not asked again what it answered before the run was interrupted."""

    model: Model
    replies: Mapping[str, Reply]

    @property
    def name(self) -> str:
        """The model's own."""
        return self.model.name

    def reply(self, prompt: Prompt) -> Reply:
        """The answer of then, or a new one."""
        known = self.replies.get(prompt.sha)
        if known is None:
            return self.model.reply(prompt)
        return replace(known, tokens_in=0, tokens_out=0, tokens_cached=0, usd=0.0, seconds=0.0)  # paid for already


def run_command(command: str, stdin: bytes, timeout: float) -> Completed:
    """A program of the user's own choice, with their environment, in an empty folder."""
    with scratch_folder("model") as folder:
        return run_process(("/bin/sh", "-c", command), cwd=folder, env=os.environ, timeout=timeout, stdin=stdin)


def cut_off(walls: Walls) -> Callable[[str, bytes, float], Completed]:
    """The same behind walls that close the network: it sees the user's home and nothing of their services."""

    def run(command: str, stdin: bytes, timeout: float) -> Completed:
        with scratch_folder("model") as folder:
            seen = tuple(Mount(outside=place, inside=place, writable=True) for place in (Path.home(), folder))
            wrapped = walls.wrap(("/bin/sh", "-c", command), View(cwd=folder, mounts=seen))
            env = {**os.environ, "TMPDIR": str(folder)}
            with laid(wrapped) as (argv, needed):
                return run_process(argv, cwd=folder, env=env, timeout=timeout, stdin=stdin, pass_fds=needed)

    return run


def run_tool(argv: tuple[str, ...], stdin: bytes) -> bytes:
    """A tool of our own, ruff: what it prints."""
    with scratch_folder("tool") as folder:
        done = run_process(argv, cwd=folder, env={"PATH": os.defpath}, timeout=_TOOL_SECONDS, stdin=stdin)
    return done.stdout


def _read(run: Run) -> str:
    """What a person pastes; the status line is away meanwhile."""
    with run.paused():
        return sys.stdin.read()


def _show(text: str) -> None:
    _tell(f"{text}\n\n--- paste the reply, then end it with Ctrl-D ---\n")


def _tell(text: str) -> None:
    """To the letter, but for a terminal: the target's own code is part of a prompt."""
    sys.stderr.write(visible(text) if sys.stderr.isatty() else text)
    sys.stderr.flush()
