"""Reading the interpreter's own report of import times."""

import pytest
from perfsmith.profilers._importtime import parse, summarise

ONE_PROCESS = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   _io
import time:       200 |        200 | encodings
import time:        50 |        350 | site
noise of the program
import time:      1000 |       1000 |     typing
import time:       300 |        300 |     math
import time:       500 |       1800 |   pkg.time
import time:       200 |       2000 | pkg
import time:        70 |         70 | zlib
"""


def test_start_up_is_left_out_and_the_tree_is_kept():
    found = {one.module: one for one in parse(ONE_PROCESS)}
    assert set(found) == {"typing", "math", "pkg.time", "pkg", "zlib"}
    assert found["typing"].under == ("pkg", "pkg.time")
    assert found["pkg"].total == pytest.approx(0.002)
    assert found["zlib"].under == ()


def test_processes_are_added_up_and_the_repositorys_part_is_told_apart():
    imports = summarise(parse(ONE_PROCESS * 3), frozenset({"pkg", "other"}), 0.012)
    assert imports.packages == ("pkg",)
    assert [cost.module for cost in imports.of_repo] == ["typing", "pkg.time", "math", "pkg"]
    assert imports.of_repo[0].own == pytest.approx(0.003)
    assert "zlib" in [cost.module for cost in imports.costs]
    assert imports.share == pytest.approx(3 * 2070e-6 / 0.012)
    assert imports.sentence() == (
        "51.7% of the time is import time; for pkg: typing 3.00 ms, pkg.time 1.50 ms, math 900 µs, pkg 600 µs"
    )


def test_an_interpreter_without_site_keeps_its_imports():
    assert [one.module for one in parse("import time:        70 |         70 | zlib\n")] == ["zlib"]
