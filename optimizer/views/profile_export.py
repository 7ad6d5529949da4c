"""A profile as a file: for speedscope, flame graphs, `pstats` and scripts; and a profile from such a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from .. import stacks
from ..core.errors import UsageError
from ..core.values import Hotspot, Profile
from .documents import document, number
from .report_json import hotspot_fields

Kind = Literal["speedscope", "collapsed", "pstats", "json"]
KINDS: tuple[str, ...] = get_args(Kind)


def export(profile: Profile, kind: str, hotspots: Sequence[Hotspot] = ()) -> bytes:
    """The contents of a file of that kind; only `json` says the hotspots. Raises `UsageError` for an unknown kind."""
    match kind:
        case "speedscope":
            return stacks.write_speedscope(
                profile.stacks, name=profile.workload, seconds=profile.seconds, exporter="perfsmith"
            )
        case "collapsed":
            return stacks.write_collapsed(profile.stacks)
        case "pstats":
            return stacks.write_pstats(profile.stacks, profile.seconds)
        case "json":
            return profile_document(profile, hotspots).encode() + b"\n"
        case _:
            known = ", ".join(KINDS)
            raise UsageError(f"cannot export a profile as '{kind}'", code="unknown_export", hint=f"known: {known}")


def profile_document(profile: Profile, hotspots: Sequence[Hotspot]) -> str:
    """`perfsmith/profile/1`: what `perfsmith profile --json` prints."""
    imports = [
        {"module": cost.module, "own_s": number(cost.own), "total_s": number(cost.total)} for cost in profile.imports
    ]
    return document(
        "profile",
        {
            "workload": profile.workload,
            "profiler": profile.profiler,
            "seconds": number(profile.seconds),
            "samples": profile.samples,
            "hotspots": [hotspot_fields(hotspot) for hotspot in hotspots],
            "imports": imports,
            "warnings": list(profile.warnings),
        },
    )


def read_profile(path: Path, root: Path | str) -> Profile:
    """A profile taken elsewhere: speedscope JSON, collapsed text or pstats; the format is found out.

    `root` is where the repository lay when it was taken. Raises `UsageError`.
    """
    try:
        sampled = stacks.read(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read the profile '{path}': {error}",
            code="profile_unreadable",
            hint="give speedscope JSON, collapsed stacks or pstats",
        ) from error
    return Profile(
        workload=path.name,
        profiler="file",
        seconds=sampled.seconds,
        root=str(root),
        stacks=sampled.stacks,
        warnings=_doubts(sampled),
    )


def _doubts(sampled: stacks.Sampled) -> tuple[str, ...]:
    doubts: list[str] = []
    if not sampled.seconds:
        doubts.append("the file does not say how many seconds the samples stand for")
    if not any(frame.path for stack in sampled.stacks for frame in stack.frames):
        doubts.append("the file names no source files, so nothing in it can be found in the repository")
    return tuple(doubts)
