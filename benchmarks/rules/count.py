"""Counts at how many places each rule fires: over the running interpreter's standard library and the folders given.

    python benchmarks/rules/count.py FOLDER... > counts.md

Tests are left out. Each place is one candidate; whether it pays is for measurement to say.
"""

import ast
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from perfsmith.agents.rules._ruff import findings
from perfsmith.agents.rules._rule import applied, parsed, sites
from perfsmith.agents.strategies.rewrite import all_rules
from perfsmith.optimizer.core.values import Unit
from perfsmith.optimizer.languages.python import units

_SKIPPED = frozenset({"test", "tests", "idle_test", "site-packages", "dist-packages"})


def sources(folder: Path) -> Iterator[Path]:
    """Python files below a folder that are no tests."""
    for path in sorted(folder.rglob("*.py")):
        if not _SKIPPED & set(path.relative_to(folder).parts):
            yield path


def fired(source: bytes) -> Iterator[str]:
    """The name of a rule for each of its proposals; raises `SyntaxError` if a proposal cannot be parsed."""
    if parsed(source) is None:
        return
    for unit in units("file.py", source):
        for site in sites(source, unit)[:1]:
            for rule in all_rules():
                for proposal in rule.rewrite(site):
                    ast.parse(applied(source, proposal.splices))
                    yield rule.name


def fixed(source: bytes) -> Iterator[str]:
    """`ruff-CODE` for each of ruff's fixes in the file."""
    if parsed(source) is None:
        return
    whole = Unit(name="", path="file.py", first=1, last=sys.maxsize, start=0, end=len(source), indent="")
    for code, _, proposal in findings(source, whole, run):
        ast.parse(applied(source, proposal.splices))
        yield f"ruff-{code}"


def run(command: tuple[str, ...], given: bytes) -> bytes:
    """Standard output of a program."""
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout


def rows(names: Sequence[str], counts: Mapping[str, Counter[str]]) -> Iterator[str]:
    """Rows of a Markdown table: rules down, folders across."""
    yield f"| rule | {' | '.join(counts)} |"
    yield f"|---|{'---:|' * len(counts)}"
    for name in names:
        yield f"| `{name}` | {' | '.join(str(count[name]) for count in counts.values())} |"


def main() -> None:
    """Print the table."""
    folders = {"standard library": Path(sysconfig.get_path("stdlib"))}
    folders |= {Path(argument).name: Path(argument) for argument in sys.argv[1:]}
    counts: dict[str, Counter[str]] = {}
    for name, folder in folders.items():
        texts = [path.read_bytes() for path in sources(folder)]
        counts[name] = Counter(rule for text in texts for rule in (*fired(text), *fixed(text)))
    ruffs = sorted({name for count in counts.values() for name in count if name.startswith("ruff-")})
    print(*rows([*(rule.name for rule in all_rules()), *ruffs], counts), sep="\n")


if __name__ == "__main__":
    main()
