"""What a workload's imports cost, module by module, as the interpreter itself reports it (-X importtime)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..optimizer.core.ports import Job, Sandbox
from ..optimizer.core.units import percent, seconds
from ..optimizer.core.values import ImportCost, Workload
from ._runs import read_reply, repeated, scratch

_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)\s*$")
_HEADER = "import time: self [us] | cumulative | imported package"
_MENTIONED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import of one process; `under` are the modules that asked for it, outermost first. Seconds."""

    module: str
    own: float
    total: float
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """The imports of one run of a workload and all its processes, most expensive first."""

    costs: tuple[ImportCost, ...]
    share: float
    """Part of the run's time, 0 to 1."""
    of_repo: tuple[ImportCost, ...]
    """Costs of the repository's own modules and of what is imported for them."""
    packages: tuple[str, ...]
    """The repository's packages that were imported."""

    def sentence(self) -> str:
        """`62.0% of the time is import time; for humanize: typing 4.10 ms, ...`."""
        costs = self.of_repo or self.costs
        mentioned = ", ".join(f"{cost.module} {seconds(cost.own)}" for cost in costs[:_MENTIONED])
        whose = f"; for {', '.join(self.packages)}" if self.of_repo else ""
        return f"{percent(self.share)} of the time is import time{whose}: {mentioned}"


def measure(sandbox: Sandbox, workload: Workload, python: Path) -> Imports | None:
    """Run the workload once with import times on; None when no process reported any."""
    with scratch() as folder:
        repetition = repeated(workload, python, folder, 0.0)
        job = Job(
            command=repetition.command,
            timeout=repetition.timeout,
            env=(("PYTHONPROFILEIMPORTTIME", "1"),),
            scratch=folder,
            output_limit=64 << 20,
        )
        done = sandbox.run(job)
        runs = read_reply(repetition, done, workload)
    imports = list(parse(done.stderr.decode("utf-8", "replace")))
    if runs is None or not imports:
        return None
    return summarise(imports, _modules_of(sandbox.folder), max(runs.cpu, runs.wall))


def parse(text: str) -> Iterator[Import]:
    """Imports of all processes; an interpreter's own start-up, up to `site`, is left out."""
    for report in text.split(_HEADER):
        found = list(_tree(report))
        started = max(
            (index for index, one in enumerate(found, 1) if one.module == "site" and not one.under), default=0
        )
        yield from found[started:]


def _tree(report: str) -> Iterator[Import]:
    """The lines are in post-order: a module stands after those it imported, which are indented more."""
    waiting: list[tuple[int, Import]] = []
    for found in filter(None, map(_LINE.search, report.splitlines())):
        depth = len(found[3]) // 2
        one = Import(module=found[4], own=int(found[1]) / 1e6, total=int(found[2]) / 1e6)
        below = [(level, _beneath(one.module, child)) for level, child in waiting if level > depth]
        waiting = [entry for entry in waiting if entry[0] <= depth] + below
        if depth == 0:
            yield from (child for _, child in waiting)
            yield one
            waiting = []
        else:
            waiting.append((depth, one))
    yield from (child for _, child in waiting)


def summarise(imports: Iterable[Import], own_modules: frozenset[str], elapsed: float) -> Imports:
    """Costs added up by module; `own_modules` are top-level names of the repository, `elapsed` is in seconds.

    The interpreter reports wall time, so the share is of wall time too, or of CPU time where processes overlap.
    """
    every = list(imports)
    ours = [one for one in every if any(_top(name) in own_modules for name in (one.module, *one.under))]
    packages = sorted({_top(one.module) for one in ours} & own_modules)
    total = sum(one.own for one in every)
    return Imports(
        costs=_added(every),
        share=min(1.0, total / elapsed) if elapsed > 0 else 0.0,
        of_repo=_added(ours),
        packages=tuple(packages),
    )


def _beneath(parent: str, child: Import) -> Import:
    return Import(module=child.module, own=child.own, total=child.total, under=(parent, *child.under))


def _added(imports: Iterable[Import]) -> tuple[ImportCost, ...]:
    own: dict[str, float] = defaultdict(float)
    total: dict[str, float] = defaultdict(float)
    for one in imports:
        own[one.module] += one.own
        total[one.module] += one.total
    costs = [ImportCost(module=module, own=own[module], total=total[module]) for module in own]
    return tuple(sorted(costs, key=lambda cost: (-cost.own, cost.module)))


def _top(module: str) -> str:
    return module.partition(".")[0]


def _modules_of(folder: Path) -> frozenset[str]:
    """Top-level names that can be imported from the checkout, with or without a `src` folder."""
    places = [place for place in (folder, folder / "src", folder / "lib") if place.is_dir()]
    packages = {path.parent.name for place in places for path in place.glob("*/__init__.py")}
    modules = {path.stem for place in places for path in place.glob("*.py")}
    return frozenset((packages | modules) - {"tests", "test", "setup", "conftest"})
