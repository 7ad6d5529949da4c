"""Options that several commands share: declared once, turned into settings by their own names."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

TARGET = "target"
JUDGING = "judging"
MODEL = "model"
OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the shared options were given as."""

    repo: Path
    base: str
    settings: dict[str, object]
    """By the setting's key; None is not given."""
    json: bool
    jsonl: bool
    quiet: bool
    verbose: bool
    plain: bool


def _text(name: str, metavar: str, about: str, *short: str) -> Any:
    return Annotated[str | None, typer.Option(*short, f"--{name}", metavar=metavar, help=about, show_default=False)]


def _texts(name: str, metavar: str, about: str) -> Any:
    return Annotated[list[str] | None, typer.Option(f"--{name}", metavar=metavar, help=about, show_default=False)]


def _flag(name: str, about: str, *short: str) -> Any:
    return Annotated[bool, typer.Option(*short, f"--{name}", help=about, show_default=False)]


_ASKED: dict[str, Any] = {
    "trust": _flag("trust", "Yes to running the repository's own commands where there are no walls."),
    "no_input": _flag("no-input", "Never ask."),
}
_GROUPS: dict[str, dict[str, Any]] = {
    TARGET: {
        "repo": Annotated[Path, typer.Option("-C", "--repo", metavar="DIR", help="The target.", show_default="here")],
        "base": _text("base", "REV", "What to compare with; default HEAD."),
        "python": _text("python", "EXE", "The target's interpreter, or its environment's folder."),
        "tests": _text("tests", "CMD", "How the tests are run; '' for none."),
        "workload": _texts("workload", "CMD", "What is measured; may be repeated."),
        "build": _text("build", "CMD", "Builds each candidate's tree."),
        "sandbox": _text("sandbox", "LEVEL", "auto, or a level: see docs/reference/sandbox.md."),
        "quarantine": _texts("quarantine", "auto|ID", "Base tests that fail and may be left out of the proof."),
        **_ASKED,
    },
    JUDGING: {
        "min_gain": _text("min-gain", "1%", "The bar that the whole interval must lie above."),
        "max_memory": _text("max-memory", "5%", "How far peak memory may rise (or 1 MiB)."),
        "cache": _text("cache", "POLICY", "Results kept between calls: forbid, ask or allow."),
        "parallel": _text("parallel", "POLICY", "Work spread over cores: forbid, ask or allow."),
        "float_ulps": Annotated[
            int | None, typer.Option("--float-ulps", metavar="N", help="Floats may differ so far.")
        ],
        "strength": _flag("strength", "Also say how many planted faults are noticed."),
        "patient": _flag("patient", "More rounds for a decision."),
        "seed": Annotated[int | None, typer.Option("--seed", metavar="N", help="Repeats orders and hash seeds.")],
    },
    MODEL: {
        "model": _text("model", "ID", "rules, cmd:COMMAND, paste, replay:FILE, or any litellm id.", "-m"),
        "api_base": _text("api-base", "URL", "An OpenAI-compatible server of your own."),
        "record": _text("record", "FILE", "Keep what the model answers, for replay:FILE."),
        "show_prompt": _flag("show-prompt", "Print what is sent to the model, on standard error."),
        "budget": _text("budget", "CAPS", "Such as 10m,2usd,200ktok,12cand."),
        "candidates": Annotated[int | None, typer.Option("--candidates", metavar="N", help="Candidates a hotspot.")],
        "hotspots": Annotated[int | None, typer.Option("--hotspots", metavar="N", help="How many to pursue.")],
        "offline": _flag("offline", "Nothing beyond this machine."),
        **_ASKED,
        "require_gain": _flag("require-gain", "Exit 1 when nothing was kept."),
    },
    OUTPUT: {
        "json": _flag("json", "One JSON document on standard output."),
        "jsonl": _flag("jsonl", "Every event as a line of JSON on standard output."),
        "quiet": _flag("quiet", "Only results and errors.", "-q"),
        "verbose": _flag("verbose", "Reasons and details.", "-v"),
        "plain": _flag("plain", "Plain lines, no live status."),
    },
}
_OWN = frozenset({"repo", "base", *_GROUPS[OUTPUT]})


def shared(*groups: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Decorator: adds the options of these groups, hands them to the command as its parameter `given`."""
    names = {name: kind for group in groups for name, kind in _GROUPS[group].items()}

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        def wrapper(**values: Any) -> int:
            given = {name: values.pop(name) for name in names}
            return command(given=_shared(given), **values)

        own = [part for part in inspect.signature(command).parameters.values() if part.name != "given"]
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=_default(name, kind))
            for name, kind in names.items()
        ]
        wrapper.__signature__ = inspect.Signature([*own, *added], return_annotation=int)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {part.name: part.annotation for part in (*own, *added)}
        wrapper.__name__, wrapper.__doc__ = command.__name__, command.__doc__
        return wrapper

    return decorate


def _default(name: str, kind: Any) -> object:
    if name == "repo":
        return Path()
    return False if kind.__origin__ is bool else None


def _shared(given: dict[str, Any]) -> Shared:
    settings: dict[str, object] = {
        name.replace("_", "-"): (value or None) if isinstance(value, bool) else value
        for name, value in given.items()
        if name not in _OWN
    }
    return Shared(
        repo=given.get("repo", Path()).resolve(),
        base=given.get("base") or "",
        settings=settings,
        json=given.get("json", False),
        jsonl=given.get("jsonl", False),
        quiet=given.get("quiet", False),
        verbose=given.get("verbose", False),
        plain=given.get("plain", False),
    )
