"""The command line: each command loads what it needs, an exception becomes an exit code. Imported by nobody."""

import errno
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .commands.options import JUDGING, MODEL, OUTPUT, TARGET, Shared, shared
from .optimizer.core.errors import PerfsmithError

if TYPE_CHECKING:
    from .commands.run import Output
    from .commands.target import Asked

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
app = typer.Typer(
    name="perfsmith",
    help="Makes code faster with language models, and proves it.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    no_args_is_help=True,
    context_settings=_SETTINGS,
)
runs_app = typer.Typer(
    help="What earlier runs did, and going on with one.", rich_markup_mode=None, no_args_is_help=True
)
app.add_typer(runs_app, name="runs", context_settings=_SETTINGS)

Change = Annotated[str, typer.Argument(metavar="[PATCH|REV]", help="A patch file, -, or a revision.")]
Targets = Annotated[
    list[str] | None, typer.Argument(metavar="[TARGET]...", help="pkg.mod:func, file.py::func, file.py:120")
]
RunId = Annotated[str, typer.Argument(metavar="[RUN]", help="A run's id, its beginning, or last.")]
Folder = Annotated[Path, typer.Option("-C", "--repo", metavar="DIR", help="The target.")]


@app.command()
@shared(OUTPUT)
def demo(given: Shared) -> int:
    """The whole job on a bundled sample project: offline, no model, under a minute."""
    from .commands.demo import demo as command

    return command(_output(given), {})


@app.command()
@shared(TARGET, OUTPUT)
def doctor(given: Shared) -> int:
    """Is this machine fit to measure on, what is missing, and how small a speedup can a workload show here?"""
    from .commands.doctor import doctor as command

    return command(_asked("doctor", given, {}), _output(given))


@app.command()
@shared(TARGET, OUTPUT)
def profile(
    given: Shared,
    command: Annotated[list[str] | None, typer.Argument(metavar="[-- CMD]", help="The workload.")] = None,
    profiler: Annotated[str, typer.Option("--profiler", metavar="NAME", help="pyspy, sampler or cprofile.")] = "pyspy",
    export: Annotated[
        str, typer.Option("--export", metavar="KIND", help="speedscope, collapsed, pstats or json.")
    ] = "",
    source: Annotated[str, typer.Option("--from", metavar="FILE", help="Rank a profile taken elsewhere.")] = "",
) -> int:
    """Where the time goes, and what a perfect edit there could save."""
    import shlex

    from .commands.profile import profile as run_command

    asked = _asked("profile", given, {"workload": [shlex.join(command)]} if command else {})
    return run_command(asked, _output(given), profiler=profiler, kind=export, source=source)


@app.command()
@shared(TARGET, JUDGING, MODEL, OUTPUT)
def optimize(given: Shared, targets: Targets = None) -> int:
    """Find what is slow, try faster versions, keep those that are proven faster, as commits on a branch."""
    from .commands.optimize import optimize as command

    return command(_asked("optimize", given, {}, tuple(targets or ())), _output(given))


@app.command()
@shared(TARGET, JUDGING, OUTPUT)
def verify(
    given: Shared,
    change: Change = "",
    *,
    staged: Annotated[bool, typer.Option("--staged", help="Judge what is in the index.")] = False,
    tracemalloc: Annotated[bool, typer.Option("--tracemalloc", help="Also trace what Python allocates.")] = False,
) -> int:
    """Is this change correct and faster? Any author: a model, an agent, a colleague, you."""
    from .commands.verify import verify as command

    return command(
        _asked("verify", given, {"tracemalloc": tracemalloc or None}),
        _output(given),
        change,
        staged=staged,
        index=_INDEX,
    )


@app.command()
@shared(TARGET, JUDGING, OUTPUT)
def compare(
    given: Shared,
    first: Annotated[str, typer.Argument(metavar="A", help="A revision.")],
    second: Annotated[str, typer.Argument(metavar="[B]", help="Another; default: the working tree.")] = "",
) -> int:
    """Paired measurement of two revisions, or of a revision and the working tree."""
    from .commands.compare import compare_revisions

    return compare_revisions(_asked("compare", given, {}), _output(given), first, second)


@app.command()
def apply(run: RunId = "last", repo: Folder = Path()) -> int:
    """Move what a run kept to the current branch."""
    from .commands.runs import apply_run

    return apply_run(repo.resolve(), run)


@app.command()
def undo(run: RunId = "last", repo: Folder = Path()) -> int:
    """Move the branch back to where it was before apply."""
    from .commands.runs import undo_run

    return undo_run(repo.resolve(), run)


@app.command()
def report(
    run: RunId = "last",
    repo: Folder = Path(),
    form: Annotated[str, typer.Option("--format", metavar="md|html|json|pyperf", help="How to write it.")] = "md",
    out: Annotated[str, typer.Option("-o", "--output", metavar="PATH", help="A file; for pyperf a folder.")] = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> int:
    """What a run tried, kept and refused, and why."""
    from .commands.report import report_run

    return report_run(repo.resolve(), run, "json" if json else form, out)


@runs_app.command("list")
def runs_list(
    repo: Folder = Path(), *, everywhere: Annotated[bool, typer.Option("--all", help="Of all repositories.")] = False
) -> int:
    """A line a run, newest first."""
    from .commands.runs import list_runs

    return list_runs(repo.resolve(), everywhere=everywhere)


@runs_app.command("show")
def runs_show(run: RunId = "last", repo: Folder = Path()) -> int:
    """A run's report."""
    from .commands.report import report_run

    return report_run(repo.resolve(), run, "md", "")


@runs_app.command("prune")
def runs_prune(
    repo: Folder = Path(),
    keep: Annotated[int, typer.Option("--keep", metavar="N", min=0, help="The newest that stay in any case.")] = 20,
) -> int:
    """Forget old runs of this repository; those whose branch is still there stay."""
    from .commands.prune import prune_runs

    return prune_runs(repo.resolve(), keep)


@runs_app.command("resume")
@shared(MODEL, OUTPUT)
def runs_resume(given: Shared, run: RunId = "last", repo: Folder = Path()) -> int:
    """Go on where a run was interrupted; models are not asked again for what they answered."""
    from .commands.runs import resume

    return resume(repo.resolve(), run, _output(given), given.settings)


def _asked(command: str, given: Shared, settings: dict[str, object], targets: tuple[str, ...] = ()) -> "Asked":
    from .commands.target import Asked

    options = {**given.settings, **settings}
    return Asked(command=command, repo=given.repo, options=options, targets=targets, base=given.base)


def _output(given: Shared) -> "Output":
    from .commands.run import Output

    form = "json" if given.json else "jsonl" if given.jsonl else "human"
    return Output(form=form, plain=given.plain, quiet=given.quiet, verbose=given.verbose)


_WRONG_USAGE = typer.BadParameter.__mro__[2]
"""`ClickException`, which newer versions of typer carry themselves."""
_INDEX = os.environ.get("GIT_INDEX_FILE", "")
_GOES_ON = frozenset({"optimize", "demo", "compare", "runs"})
_CTRL_C = 128 + signal.SIGINT
_READER_GONE = 128 + signal.SIGPIPE
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
_ROOM = "make room, or point XDG_STATE_HOME and TMPDIR elsewhere; nothing is lost: perfsmith runs resume"


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit code. The only place where exceptions become codes."""
    _forget_callers_repository()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = app(arguments, standalone_mode=False) or 0
        return _interrupted(arguments) if code == _CTRL_C else code  # newer versions of typer make it a code
    except typer.Exit as done:
        return done.exit_code
    except PerfsmithError as error:
        return _fail(arguments, error.exit_code, error.code, str(error), error.hint)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(arguments)
    except SystemExit as stopped:
        return _stopped(arguments, stopped)
    except Exception as error:  # noqa: BLE001 - our bug: one line and a log, never a traceback
        return _fail(arguments, *_unforeseen(error))


def _interrupted(arguments: list[str]) -> int:
    return _fail(arguments, _CTRL_C, "interrupted", "interrupted", _go_on(arguments))


def _stopped(arguments: list[str], stopped: SystemExit) -> int:
    """By a signal, or because nobody reads any more (`perfsmith report | head`), which is no reason to speak."""
    if isinstance(stopped.__context__, BrokenPipeError):  # typer's way to tell it
        _close_output()
        return _READER_GONE
    code = stopped.code if isinstance(stopped.code, int) else 70
    return _fail(arguments, code, "terminated", "terminated", _go_on(arguments))


def _go_on(arguments: list[str]) -> str:
    """What to do after a run was stopped, where it is one that can be gone on with."""
    return "go on with: perfsmith runs resume" if {*arguments[:1]} & _GOES_ON else ""


def _unforeseen(error: Exception) -> tuple[int, str, str, str]:
    """Exit code, name, message and hint for what is no `PerfsmithError`."""
    if isinstance(error, _WRONG_USAGE):
        return (2, "usage", *_usage(error))
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        where = f" for {error.filename}" if error.filename else ""
        return (3, "disk_full", f"{error.strerror}{where}", _ROOM)
    return (70, "internal_error", f"{type(error).__name__}: {error}", _log(error))


def _forget_callers_repository() -> None:
    """A hook's caller names its own repository, index and work tree in variables; git must not take them for ours."""
    for name in [name for name in os.environ if name.startswith("GIT_") and name[4:10] not in ("AUTHOR", "COMMIT")]:
        del os.environ[name]


def _usage(error: Any) -> tuple[str, str]:
    """What is wrong, on one line, and where to look."""
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else "perfsmith"
    message = str(error.format_message())
    return ("no command was given" if "\n" in message else message), f"see: {path} --help"


def _fail(arguments: list[str], code: int, name: str, message: str, hint: str) -> int:
    from .commands.own import users_secrets
    from .optimizer.views.fit import visible

    secrets = users_secrets()
    message, hint = secrets.redact(message), secrets.redact(hint)
    with suppress(OSError):
        sys.stderr.write(visible(f"perfsmith: {message}\n" + (f"  {hint}\n" if hint else "")))
    try:
        if "--json" in arguments:
            from .optimizer.views.documents import error_document

            sys.stdout.write(error_document(code, name, message, hint) + "\n")
        sys.stdout.flush()
    except OSError:
        _close_output()
    return code


def _close_output() -> None:
    """Where standard output cannot be written, Python must not try again at its end: the exit code would be lost."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log(error: Exception) -> str:
    """Write the traceback where it can be found; returns what to tell."""
    import traceback
    from datetime import UTC, datetime

    from platformdirs import user_state_path

    from .commands.own import users_secrets

    text = users_secrets().redact("".join(traceback.format_exception(error)))
    try:
        folder = user_state_path("perfsmith", appauthor=False) / "log"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
    except OSError:
        return f"this is a bug of ours; no log could be written:\n{text}"
    return f"this is a bug of ours; please report it with {path}"


def _terminated(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)
