"""Tests that fail on the base for want of what is not there: named, for no change could mend them.

Those that lack a large file are set aside; those that lack the network, only where `--quarantine` says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..core.offline import NO_NETWORK
from .junit import TestRun

NETWORK = "network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What commands do not have here."""

    network: bool = False
    """Our walls have closed it."""
    files: tuple[str, ...] = ()
    """Large files that git carries as pointers, and nobody has fetched."""

    def why(self, said: str) -> str:
        """What a test that failed with these words lacked: `network`, or the name of a file; empty for neither."""
        if self.network and re.search(NO_NETWORK, said):
            return NETWORK
        return next((name for name in self.files if re.search(rf"\b{re.escape(PurePosixPath(name).name)}\b", said)), "")


COMPLETE = Lacking()
"""Nothing is lacking."""


def excused(runs: tuple[TestRun, ...], lacking: Lacking) -> dict[str, str]:
    """What each test lacked that failed in every run for want of it."""
    found = [{test: lacking.why(said) for test, said in run.said.items()} for run in runs]
    always = {test: why for test, why in found[0].items() if all(other.get(test) == why for other in found)}
    return {test: why for test, why in always.items() if why}


def told(excuses: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each kind of lack, with what to do."""
    network = [test for test, why in excuses.items() if why == NETWORK]
    files = [test for test, why in excuses.items() if why != NETWORK]
    if network:
        yield (
            f"tests that fail because there is no network here, and are no proof: {_shown(network)}; where you trust "
            "the code, --sandbox process lets it have the network, and everything else"
        )
    if files:
        yield (
            f"tests that fail because of files that git-lfs has not fetched, and are no proof: {_shown(files)}; "
            "get them: git lfs pull"
        )


def _shown(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
