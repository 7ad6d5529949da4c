"""The reference names every key that a document or an event can have."""

import dataclasses
import json
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from perfsmith.optimizer.core.events import Event
from perfsmith.optimizer.core.verdicts import REASONS

TESTS = Path(__file__).parents[2]
REFERENCE = (TESTS.parent / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([A-Za-z_]+)`", REFERENCE))


def section(title):
    """The names between a heading and the next one."""
    (text,) = re.findall(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([A-Za-z_]+)`", text))


def keys(found):
    match found:
        case dict():
            return set(found) | {key for value in found.values() for key in keys(value)}
        case list():
            return {key for value in found for key in keys(value)}
        case _:
            return set()


def test_every_key_of_a_report_is_explained():
    found = json.loads((TESTS / "golden" / "kept.json").read_text())
    schemas = ("report", "profile", "verify", "doctor")
    explained = set().union(*(section(f"`perfsmith/{name}/1`") for name in schemas))
    assert keys(found) - {"schema"} <= explained
    assert set(found) - {"schema"} <= section("`perfsmith/report/1`")


@pytest.mark.parametrize("event", get_args(Event), ids=lambda event: event.__name__)
def test_every_event_and_its_fields_are_in_the_table(event):
    (kind,) = get_args(get_type_hints(event)["kind"])
    (row,) = [line for line in REFERENCE.splitlines() if line.startswith("|") and f"`{kind}`" in line.split("|")[1]]
    assert {field.name for field in dataclasses.fields(event)} - {"kind"} <= set(re.findall(r"`(\w+)`", row))


def test_every_reason_is_named():
    assert set(REASONS) <= NAMED
