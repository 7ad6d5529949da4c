"""`perfsmith report` and `runs show`: what a run found out, in the form that its reader needs."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..optimizer.core.errors import TargetError, UsageError
from ..optimizer.core.events import Entry
from ..optimizer.store.ledger import read
from ..optimizer.views import report_html, report_json, report_md
from ..optimizer.views.fit import showable
from ..optimizer.views.rounds import series
from ..optimizer.views.state import fold
from .run import machine_id, print_result
from .runs import named_run

Writer = Callable[[Sequence[Entry]], str]
_TEXTS: Mapping[str, Writer] = {
    "md": lambda entries: report_md.report(fold(entries), series(entries)),
    "json": lambda entries: report_json.report(fold(entries), series(entries)),
    "html": lambda entries: report_html.report(fold(entries), series(entries)),
}
_FORMS = (*_TEXTS, "pyperf")


def report_run(folder: Path, text: str, form: str, out: str) -> int:
    """Write a run's report to standard output, or to `out`: a file, and for pyperf a folder."""
    if form not in _FORMS:
        raise UsageError(f"unknown format '{form}'", code="unknown_format", hint=f"known: {', '.join(_FORMS)}")
    entries = read(named_run(folder, text).ledger)
    if form == "pyperf":
        return _pyperf(entries, out)
    report = _TEXTS[form](entries)
    if out:
        _write(Path(out), report if report.endswith("\n") else f"{report}\n")
    else:
        print_result(showable(report, sys.stdout.encoding))
    return 0


def _pyperf(entries: Sequence[Entry], out: str) -> int:
    """A file for each side of each measurement, named on standard output."""
    from ..optimizer.views.pyperf_files import files

    if not out:
        hint = "perfsmith report --format pyperf -o FOLDER"
        raise UsageError("pyperf's files need a folder to be written to", code="no_output", hint=hint)
    texts = files(entries, machine_id())
    if not texts:
        hint = "choose one that measured something: perfsmith runs list"
        raise UsageError("nothing was measured in this run", code="nothing_measured", hint=hint)
    for name, text in texts.items():
        _write(Path(out) / name, text)
        print_result(str(Path(out) / name))
    return 0


def _replace(path: Path, text: str) -> None:
    """A file that is there already stays as it is until the new one is whole; pipes and devices are written to."""
    if path.exists() and not path.is_file():
        path.write_text(text, "utf-8")
        return
    place = path.resolve()
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        hint = "free some space, or name another place with -o"
        raise TargetError(f"{path}: {error.strerror}", code="cannot_write", hint=hint) from error
