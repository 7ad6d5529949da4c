"""Stacks as files: what is written is read again, and foreign files are understood."""

import cProfile
import json
import marshal
import pstats

import pytest
from perfsmith.optimizer import stacks
from perfsmith.optimizer.core.values import Frame, Stack

MAIN = Frame(name="<module>", path="/repo/bench.py", line=9)
WORK = Frame(name="Class.work", path="/repo/src/pkg/mod.py", line=4)
LEAF = Frame(name="leaf", path="/repo/src/pkg/mod.py", line=12)
TAKEN = (Stack(frames=(MAIN, WORK), count=30), Stack(frames=(MAIN, WORK, LEAF), count=10))


def test_speedscope_there_and_back():
    data = stacks.write_speedscope(TAKEN, name="bench", seconds=0.04, exporter="perfsmith")
    found = stacks.read(data)
    assert found.stacks == TAKEN
    assert found.seconds == pytest.approx(0.04)


def test_speedscope_has_what_its_schema_asks_for():
    document = json.loads(stacks.write_speedscope(TAKEN, name="bench", seconds=0.0, exporter="perfsmith"))
    assert document["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    (profile,) = document["profiles"]
    assert (profile["type"], profile["unit"], profile["endValue"]) == ("sampled", "none", 40)
    assert len(profile["samples"]) == len(profile["weights"]) == 2
    assert max(max(sample) for sample in profile["samples"]) < len(document["shared"]["frames"])


def test_evented_speedscope_is_turned_into_stacks():
    document = {
        "shared": {"frames": [{"name": "a", "file": "/r/a.py", "line": 1}, {"name": "b"}]},
        "profiles": [
            {
                "type": "evented",
                "name": "x",
                "unit": "milliseconds",
                "startValue": 0,
                "endValue": 10,
                "events": [
                    {"type": "O", "frame": 0, "at": 0},
                    {"type": "O", "frame": 1, "at": 3},
                    {"type": "C", "frame": 1, "at": 8},
                    {"type": "C", "frame": 0, "at": 10},
                ],
            }
        ],
    }
    found = stacks.read(json.dumps(document).encode())
    assert {(tuple(f.name for f in one.frames), one.count) for one in found.stacks} == {(("a",), 5), (("a", "b"), 5)}


def test_collapsed_there_and_back():
    assert stacks.read(stacks.write_collapsed(TAKEN)).stacks == TAKEN


def test_collapsed_text_of_py_spy_and_austin():
    py_spy = b'process 5:"sh -c a;b";process 6:"python x.py";<module> (/r/x.py:1);f (/r/x.py:3) 7\n'
    austin = b"# mode: cpu\nP1;T0:7;/r/x.py:<module>:1;/r/x.py:f:3 7\n"
    expected = (
        Stack(
            frames=(Frame(name="<module>", path="/r/x.py", line=1), Frame(name="f", path="/r/x.py", line=3)), count=7
        ),
    )
    assert stacks.read(py_spy).stacks == expected
    assert stacks.read(austin).stacks == expected


def test_pstats_loads_what_is_written(tmp_path):
    (tmp_path / "out.pstats").write_bytes(stacks.write_pstats(TAKEN, 4.0))
    found = pstats.Stats(str(tmp_path / "out.pstats"))
    assert found.total_tt == pytest.approx(4.0)
    _, _, own, total, callers = found.stats["/repo/src/pkg/mod.py", 4, "Class.work"]
    assert (own, total) == (pytest.approx(3.0), pytest.approx(4.0))
    assert list(callers) == [("/repo/bench.py", 9, "<module>")]


def test_pstats_of_the_standard_library_keeps_the_way_to_the_leaf(tmp_path):
    profile = cProfile.Profile()
    profile.runcall(outer)
    profile.dump_stats(tmp_path / "real.pstats")
    found = stacks.read((tmp_path / "real.pstats").read_bytes())
    heaviest = found.stacks[0]
    assert [frame.name for frame in heaviest.frames][-3:] == ["outer", "middle", "<built-in method builtins.sum>"], (
        heaviest
    )
    assert found.seconds > 0


def outer():
    for _ in range(10):
        middle()


def middle():
    sum(range(3000000))


@pytest.mark.parametrize(
    "data",
    [
        b"no count here\n",
        b'{"profiles": [{}], "shared": {"frames": []}}',
        b'{"shared": {"frames": []}, "profiles": [{"unit":"none", "type":"sampled", "samples":[[9]], "weights": [1]}]}',
        marshal.dumps({"a": 1}),
        marshal.dumps([1, 2]),
        b"\xff\xfe\x00",
        b"{",
    ],
)
def test_a_damaged_file_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"."):
        stacks.read(data)
