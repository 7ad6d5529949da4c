"""What a model may see of a hotspot."""

import pytest
from perfsmith.agents.context import Facts, context_of, decoded, facts_text, text_around, workload_text
from perfsmith.optimizer.core.values import Hotspot, Workload
from perfsmith.optimizer.languages.python import units

FILE = '''"""Doc."""
from __future__ import annotations
import re

LIMIT = 3
UNUSED = 4
API_TOKEN = "sk-very-secret"


def clean(text):
    return text.strip()


def never(text):
    return text


class Part:
    pass


class Shop(
    Base,
):
    def __init__(self, items):
        self.items = items

    def find(self, name):
        part = Part()
        for item in self.items[:LIMIT]:
            if clean(item) == self.norm(name) and API_TOKEN:
                return part
        return None

    def norm(self, name):
        return name.lower()

    def other(self):
        return 1
'''


def hotspot(name, file=FILE, **shares):
    data = file if isinstance(file, bytes) else file.encode()
    unit = next(unit for unit in units("src/shop.py", data) if unit.name == name)
    return data, Hotspot(rank=1, unit=unit, symbol="shop:x", **({"own": 0.25, "total": 0.5} | shares))


def test_the_parts_that_matter_to_a_method():
    context = context_of(*hotspot("Shop.find"))
    assert context.unit.startswith("    def find(self, name):\n        part")
    assert context.unit.endswith("return None")
    assert context.enclosing == ("class Shop(\n    Base,\n):",)
    assert context.imports == "from __future__ import annotations\nimport re"
    assert context.constants == "LIMIT = 3\nAPI_TOKEN = ...  # hidden"
    assert [text.split("\n")[0].strip() for text in context.callees] == [
        "def __init__(self, items):",
        "def norm(self, name):",
        "def clean(text):",
        "class Part:",
    ]
    assert "very-secret" not in text_around(context)


def test_a_plain_function_alone():
    context = context_of(*hotspot("clean"))
    assert (context.enclosing, context.constants, context.callees) == ((), "", ())


def test_long_neighbours_are_left_out():
    ends = "def small():\n    return 1\ndef f():\n    return helper() + small()\n"
    long = "def helper():\n" + "    x = 1\n" * 200 + ends
    assert context_of(*hotspot("f", long)).callees == ("def small():\n    return 1",)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (b"\xef\xbb\xbfdef f():\r\n    return '\xc3\xa4'\r\n", "def f():\n    return 'ä'"),
        (b"# coding: latin-1\ndef f():\n    return '\xe4'\n", "def f():\n    return 'ä'"),
        (b"# coding: nonsense\ndef f():\n    return '\xe4'\n", "def f():\n    return '\ufffd'"),
    ],
)
def test_encodings_and_line_ends(file, text):
    assert context_of(*hotspot("f", file)).unit == text
    assert text in decoded(file)


def test_facts_and_workload_hold_no_folder_of_this_machine():
    data, spot = hotspot("Shop.find")
    command = "python /home/me/secret/bench.py --n 3 ~/x/y.json src/data.txt"
    facts = Facts(python="3.12", packages=("numpy 2.1",), workloads=(Workload(name="b", command=command),))
    text = workload_text(facts, context_of(data, spot))
    assert "`python bench.py --n 3 y.json src/data.txt`" in text
    assert "takes 50.0% of the time with all it calls, 25.0% by itself; if it cost nothing" in text
    assert facts_text(facts, "  ").split("\n")[:3] == [
        "- Python 3.12",
        "- packages: the standard library and numpy 2.1",
        "- indentation: 2 spaces",
    ]
    assert "tabs" in facts_text(facts, "\t")


def test_a_unit_that_takes_all_the_time_has_no_limit():
    data, spot = hotspot("clean", total=1.0)
    assert "if it cost nothing" not in context_of(data, spot).heat
