"""Finding the function in a file, and putting new code at the right place of it."""

import pytest
from perfsmith.agents.rules._names import is_local
from perfsmith.agents.rules._place import need
from perfsmith.agents.rules._rule import Rule, Site, Splice, applied, sites
from perfsmith.optimizer.core import plugins
from perfsmith.optimizer.languages.python import units


def load(name: str) -> Rule:
    return plugins.load("agents.rules", name)


def site(source: str | bytes, name: str) -> Site:
    data = source.encode() if isinstance(source, str) else source
    unit = next(unit for unit in units("m.py", data) if unit.name == name)
    return sites(data, unit)[0]


def first(rule: str, source: str, name: str) -> str | None:
    found = site(source, name)
    proposal = next(iter(load(rule).rewrite(found)), None)
    return None if proposal is None else applied(found.source, proposal.splices).decode()


def test_a_site_is_the_function_and_those_inside_it_but_not_its_neighbours():
    source = b"def before():\n    pass\n\n@wraps\ndef outer():\n    def inner():\n        pass\n    return inner\n"
    unit = next(unit for unit in units("m.py", source) if unit.name == "outer")
    assert [found.function.name for found in sites(source, unit)] == ["outer", "inner"]


@pytest.mark.parametrize(
    "source",
    [
        b"# -*- coding: latin-1 -*-\ndef f():\n    return '\xe9'\n",
        b"def f():\n    print 'old'\n",
        b"def f():\n    return '\xff'\n",
        b"def f():\n    return 1\n\0",
    ],
    ids=["latin-1", "python 2", "not utf-8", "null byte"],
)
def test_files_that_cannot_be_trusted_have_no_sites(source: bytes):
    assert sites(source, units("m.py", source)[0]) == ()


def test_an_ascii_file_may_name_any_encoding():
    source = b"# -*- coding: latin-1 -*-\ndef f():\n    return 1\n"
    assert len(sites(source, units("m.py", source)[0])) == 1


def test_overlapping_splices_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        applied(b"abcdef", [Splice(start=0, end=3, text=b""), Splice(start=2, end=4, text=b"")])


def test_imports_that_are_there_are_used():
    source = "import collections as c\n\n\ndef f():\n    return 1\n"
    found = need(site(source, "f"), "collections", "deque")
    assert found is not None
    assert (found.name, found.splices) == ("c.deque", ())


def test_a_taken_name_gets_an_underscore():
    source = "from mine import deque\n\n\ndef f():\n    return deque\n"
    found = need(site(source, "f"), "collections", "deque")
    assert found is not None
    assert found.name == "_deque"
    assert found.splices[0].text == b"from collections import deque as _deque\n"


def test_a_local_name_hides_the_import():
    source = "import collections\n\n\ndef f(collections):\n    return deque\n"
    found = need(site(source, "f"), "collections", "deque")
    assert found is not None
    assert found.name == "_deque"


def test_a_new_name_avoids_what_the_file_uses():
    source = "def f(words: list, known: list):\n    known_set = 1\n    return [w for w in words if w in known]\n"
    new = first("set_for_membership", source, "f")
    assert new is not None
    assert "known_set_2 = set(known)" in new


def test_a_constant_goes_above_the_comment_and_class_that_hold_the_function():
    source = "import re\n\n# About C.\n@final\nclass C:\n    def m(self, s):\n        return re.sub('a+', 'b', s)\n"
    assert first("compile_pattern", source, "C.m") == (
        "import re\n\n_PATTERN = re.compile('a+')\n\n\n# About C.\n@final\nclass C:\n"
        "    def m(self, s):\n        return _PATTERN.sub('b', s)\n"
    )


def test_a_loop_behind_elif_gets_no_line_before_it():
    source = (
        "def f(a, known: list):\n    if a:\n        pass\n    elif [x for x in a if x in known]:\n        return 1\n"
    )
    assert first("set_for_membership", source, "f") is None


def test_a_condition_keeps_a_call_that_may_fail_in_its_loop():
    source = "def f(a, b):\n    for x in a:\n        if b is not None:\n            x(len(b))\n"
    assert first("hoist_call", source, "f") is None


def test_f_strings_are_left_alone():
    source = "def f(words: list, known: list):\n    return [f'{w in known}' for w in words]\n"
    assert first("set_for_membership", source, "f") is None


def test_what_is_nonlocal_is_not_local():
    source = "def f():\n    def g():\n        nonlocal n\n        n = 1\n    n = 0\n    return g\n"
    assert not is_local(site(source, "f.g"), "n")
    assert is_local(site(source, "f"), "n")


def test_comments_inside_a_rewritten_function_survive():
    source = (
        "def f(items):\n    # why\n    found = []  # here\n    for item in items:  # each\n"
        "        if item not in found:  # new\n            found.append(item)  # keep\n    return found\n"
    )
    assert first("set_beside_list", source, "f") == (
        "def f(items):\n    # why\n    found = []  # here\n    found_set = set()\n    for item in items:  # each\n"
        "        if item not in found_set:  # new\n            found.append(item)  # keep\n"
        "            found_set.add(item)\n    return found\n"
    )
