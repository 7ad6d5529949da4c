"""What the study found, as Markdown."""

import tomllib
from pathlib import Path
from statistics import median
from typing import Any

Document = dict[str, Any]


def table(found: dict[str, list[Document]], judged: Path) -> str:
    """One row a target: faults tried, those that survive the package's tests, and who notices them."""
    known = tomllib.loads(judged.read_text("utf-8")) if judged.exists() else {}
    rungs = sorted({name for each in found.values() for one in each for name in one.get("rungs", {})})
    telling = [name for name in rungs if any(_noticed(one, name) for each in found.values() for one in each)]
    head = [
        "target",
        "tried",
        "survive the tests",
        *telling,
        "any rung",
        "left: equivalent",
        "left: real",
        "left: not looked at",
        "false alarms",
    ]
    rows = [_row(name, each, telling, known) for name, each in found.items() if each]
    rows.append(_row("all", [one for each in found.values() for one in each], telling, known))
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n\n" + _cost(found, rungs) + "\n\n" + _left(found, known)


def _row(name: str, each: list[Document], rungs: list[str], known: Document) -> list[str]:
    faults = [one for one in each if one["kind"] == "fault"]
    honest = [one for one in each if one["kind"] == "honest"]
    survivors = [one for one in faults if "rungs" in one]
    left = [one for one in survivors if not _any(one)]
    looked = [known[one["id"]]["equivalent"] for one in left if one["id"] in known]
    alarms = sum(_any(one) for one in honest)
    return [
        name,
        str(len(faults)),
        str(len(survivors)),
        *(str(sum(_noticed(one, rung) for one in survivors)) for rung in rungs),
        str(len(survivors) - len(left)),
        str(sum(looked)),
        str(len(looked) - sum(looked)),
        str(len(left) - len(looked)),
        f"{alarms} of {len(honest)}",
    ]


def _cost(found: dict[str, list[Document]], rungs: list[str]) -> str:
    """Median seconds a fault."""
    every = [one for each in found.values() for one in each]
    tests = [one["tests"]["seconds"] for one in every if "tests" in one]
    parts = [f"tests that reach it {median(tests):.2f} s"] if tests else []
    for rung in rungs:
        taken = [one["rungs"][rung]["seconds"] for one in every if rung in one.get("rungs", {})]
        parts.append(f"{rung} {median(taken):.2f} s")
    return f"Median cost of one look: {', '.join(parts)}."


def _left(found: dict[str, list[Document]], known: Document) -> str:
    """Survivors of everything that nobody looked at yet, for `judged.toml`."""
    lines = [
        f"{name} {one['id']} {one['path']}:{one['line']} {one['unit']} ({one['operator']}): "
        f"{one['before']}  ->  {one['after']}"
        for name, each in found.items()
        for one in each
        if one["kind"] == "fault" and "rungs" in one and not _any(one) and one["id"] not in known
    ]
    alarms = [
        f"FALSE ALARM {name} {one['id']} {one['path']}:{one['line']} {one['before']} -> {one['after']}: {one['rungs']}"
        for name, each in found.items()
        for one in each
        if one["kind"] == "honest" and _any(one)
    ]
    return "\n".join([*alarms, *lines])


def _noticed(one: Document, rung: str) -> bool:
    return one.get("rungs", {}).get(rung, {}).get("status") == "noticed"


def _any(one: Document) -> bool:
    return any(said["status"] == "noticed" for said in one.get("rungs", {}).values())
