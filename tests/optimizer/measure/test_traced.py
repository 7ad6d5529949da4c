"""Peaks of what Python code allocates, in runs of their own."""

import sys

import pytest
from perfsmith.optimizer.core.ports import Completed
from perfsmith.optimizer.core.values import Candidate, Edit, Origin, Workload
from perfsmith.optimizer.measure.traced import Tracing, traced
from perfsmith.optimizer.sandbox.scratch import read_left, scratch_folder

LEAN = "def rows(n):\n    return sum(1 for _ in range(n))\n"
FAT = "def rows(n):\n    return len([object() for _ in range(n)])\n"
BENCH = "import sys\nfrom pkg import rows\nassert __name__ == '__main__'\nprint(rows(int(sys.argv[1])), sys.argv[1:])\n"
FILES = {"src/pkg/__init__.py": LEAN, "src/pkg/__main__.py": BENCH, "src/bench.py": BENCH}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python bench.py 3", "python H O bench.py 3"),
        ("python3.11 -m pkg.bench 'a b'", "python3.11 H O -m pkg.bench 'a b'"),
        ("cd sub && env PYTHONPATH=a:b A=1 /usr/bin/python -B -X dev b.py", None),
        ("PYTHONPATH=src python b.py", "PYTHONPATH=src python H O b.py"),
        ("python $PWD/b.py", "python H O $PWD/b.py"),
        ("python b.py > /dev/null", ""),
        ("python b.py; python c.py", ""),
        ("python b.py $(nproc)", ""),
        ("python -c pass", ""),
        ("python -", ""),
        ("python", ""),
        ("make bench", ""),
        ("node bench.js", ""),
        ("cd a && cd b && python c.py", ""),
    ],
)
def test_which_commands_can_be_traced(tmp_path, command, expected):
    line = traced(command, tmp_path)
    if line is None:
        assert expected == ""
        return
    words = line.split()
    assert words[-1] == command.split()[-1]
    (place,) = [number for number, word in enumerate(words) if word.endswith("harness/traced.py")]
    assert words[place + 1] == str(tmp_path)
    assert " ".join(words[:place] + words[place + 2 :]) == " ".join(command.split())
    assert expected is None or expected.split() == [*words[:place], "H", "O", *words[place + 2 :]]


def tracing(told=None):
    return Tracing(record=(told if told is not None else []).append, folder=scratch_folder, read=read_left)


@pytest.mark.parametrize("command", ["python src/bench.py 20000", "env PYTHONPATH=src python -m pkg 20000"])
def test_what_a_list_takes_is_seen(base_of, repository, walls, command):
    base = base_of(repository(FILES), walls)
    edits = [Edit(path="src/pkg/__init__.py", before=LEAN.encode(), after=FAT.encode())]
    fat = Candidate(edits=tuple(edits), idea="", origin=Origin(author="test"))
    with base.fork() as before, base.fork(fat.edits) as after:
        peak = tracing()(before, after, Workload(name="bench", command=command))
    assert peak.note == ""
    assert peak.after - peak.before > 20000 * 16


def test_a_script_runs_as_it_would_alone(base_of, repository):
    script = (
        "import os, pickle, sys\nclass A: pass\npickle.dumps(A())\n"
        "assert sys.argv == ['sub/s.py', '-x'], sys.argv\nassert sys.path[0] == os.path.realpath('sub'), sys.path[0]\n"
        "import beside\nassert __file__.endswith('s.py')\nsys.exit(0)\n"
    )
    base = base_of(repository({"sub/s.py": script, "sub/beside.py": "", "src/x.py": ""}))
    with base.fork() as tree:
        peak = tracing()(tree, tree, Workload(name="s", command="python sub/s.py -x"))
    assert (peak.note, peak.before > 0) == ("", True)


class Dead:
    """A tree in which every command fails."""

    def run(self, job):
        return Completed(code=1, stdout=b"", stderr=b"", seconds=0.1)


def test_what_cannot_be_traced_is_said():
    told = []
    assert "python script.py" in tracing(told)(Dead(), Dead(), Workload(name="w", command="make bench")).note
    assert told == []
    found = tracing(told)(Dead(), Dead(), Workload(name="w", command=f"{sys.executable} b.py"))
    assert (found.before, found.after) == (None, None)
    assert found.note.startswith("base: it failed")
