"""What became of faults planted in the base, kept on disk: the same base, tests and workloads give the same answer."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..core.goal import Goal
from ..core.ports import Base
from ..core.verdicts import Caught, Fault, Faults

_VERSION = "1"
"""Changes whenever other faults are planted, or other checks asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One file a function. Where there is no room, or a file is torn, the answer is found out again."""

    folder: Path
    about: str
    """What else the answers depend on, such as the level of the walls and the names of the checks."""

    def load(self, base: Base, goal: Goal, key: str) -> Faults | None:
        """The answer for a function of this base."""
        try:
            return _faults(json.loads(self._place(base, goal, key).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, base: Base, goal: Goal, key: str, faults: Faults) -> None:
        """Written beside and moved into place: a torn file is never read."""
        place = self._place(base, goal, key)
        fresh = place.with_suffix(".new")
        with suppress(OSError):
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                fresh.write_text(json.dumps(asdict(faults)), "utf-8")
                fresh.replace(place)
            finally:
                fresh.unlink(missing_ok=True)

    def _place(self, base: Base, goal: Goal, key: str) -> Path:
        suite = goal.suite.command if goal.suite else ""
        parts = (
            _VERSION,
            self.about,
            str(base.repo.root),
            base.revision,
            str(base.repo.python),
            suite,
            goal.build,
            key,
        )
        workloads = tuple(workload.command for workload in goal.workloads)
        digest = sha256("\0".join((*parts, *workloads)).encode("utf-8", "surrogateescape")).hexdigest()[:24]
        return self.folder / f"{digest}.json"


def _faults(found: dict[str, Any]) -> Faults:
    return Faults(
        planted=int(found["planted"]),
        by=tuple(Caught(**one) for one in found["by"]),
        missed=tuple(Fault(**one) for one in found["missed"]),
        seconds=float(found["seconds"]),
        form=found["form"],
        unreached=tuple(found["unreached"]),
        cut=bool(found["cut"]),
    )
