"""Which units speak for a change, and what the recorder keeps of their calls: real processes, bounded and safe."""

import base64
import json
import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from perfsmith.optimizer.core.values import Edit
from perfsmith.optimizer.verify import calls
from perfsmith.optimizer.verify.calls import chosen, read_recording, with_recording, write_config
from perfsmith.optimizer.verify.observed import Observed, observed, states_kept
from perfsmith.optimizer.verify.probe import changed_units
from perfsmith.optimizer.verify.replay import comparable

SHOP = """import re
LIMIT = 3
WORD = re.compile('a')

def _price(n): return n * 2

def total(items): return sum(_price(i) for i in items)

def words(text): return WORD.findall(text)

def other(): return LIMIT

class Base:
    def __init__(self): self._n = 0
    def inherited(self): return self._n
    def _hidden(self): return 1

class Shop(Base):
    def sell(self): return self._hidden() + self._own()
    def _own(self): return 2
    def __len__(self): return 1

class Corner(Shop):
    def close(self): pass

class _Till:
    def open(self): return 1

def till(): return _Till()
"""
SHOP_METHODS = {"Base.__init__", "Base.inherited", "Shop.sell", "Shop.__len__", "Corner.close"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return WORD.findall(text)", "return list(WORD.findall(text))", {"words"}),
        ("return n * 2", "return 2 * n", {"total"}),
        ("re.compile('a')", "re.compile('b')", {"words"}),
        ("LIMIT = 3", "LIMIT = 4", {"other"}),
        ("import re\n", "import re\nimport math\n", set()),
        ("def _own(self): return 2", "def _own(self): return 3", SHOP_METHODS),
        (
            "def __len__(self): return 1",
            "def __len__(self): return 1\n    def __bool__(self): return True",
            SHOP_METHODS,
        ),
        ("    def close(self): pass", "    def close(self): return None", {*SHOP_METHODS}),
        ("def open(self): return 1", "def open(self): return 2", {"till"}),
    ],
)
def test_what_is_public_around_a_change_speaks_for_it(old, new, expected):
    after = SHOP.replace(old, new)
    edit = Edit(path="shop.py", before=SHOP.encode(), after=after.encode())
    changed = {"shop.py": changed_units("shop.py", SHOP.encode(), after.encode())}
    found = observed((edit,), changed, ("shop.py",), lambda path: SHOP.encode())
    assert found.of("shop.py") == expected


def test_callers_in_other_files_speak_where_the_file_has_none():
    files = {
        "a.py": b"def _half(n): return n // 2\n",
        "b.py": b"from a import _half\ndef mid(v): return v[_half(len(v))]\n",
    }
    edit = Edit(path="a.py", before=files["a.py"], after=b"def _half(n): return n >> 1\n")
    assert observed((edit,), {"a.py": ("_half",)}, files, files.__getitem__).labels == ("b.py::mid",)
    alone = observed((edit,), {"a.py": ("_half",)}, ("a.py",), files.__getitem__)
    assert alone.labels == ("a.py::_half",), "nobody speaks for it but itself"


def test_a_state_means_the_same_while_its_makers_and_attributes_stay():
    before = "class P:\n    def __init__(self): self._x = 1\n    def get(self): return self._x\n"

    def kept(old, new):
        edit = Edit(path="p.py", before=before.encode(), after=before.replace(old, new).encode())
        return states_kept((edit,)) == {"p.py::P"}

    assert kept("return self._x", "return self._x + 0")
    assert not kept("self._x", "self._y")
    assert not kept("self._x = 1", "self._x = [1]")
    assert not kept("return self._x", "self._seen = True; return self._x")


def record(folder, module, script, classes=(), names=("f",)):
    """What a process that runs a script with `mod` imported from the folder left behind."""
    what = Observed(labels=tuple(f"mod.py::{name}" for name in names), classes={"mod.py": tuple(classes)})
    config = folder / "record.json"
    write_config(config, folder, what)
    (folder / "mod.py").write_bytes(with_recording("mod.py", module.encode(), names, str(config)))
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\nimport mod as m\n{script}\n"
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return read_recording(folder, folder)


def given(recording):
    """Arguments of the recorded calls, keywords left out."""
    return [pickle.loads(base64.b64decode(call.pickle))[0] for call in recording.calls]


def test_arguments_are_copied_before_the_call_changes_them(tmp_path):
    assert given(record(tmp_path, "def f(x):\n    x.append(1)\n", "m.f([0])")) == [([0],)]


def test_names_of_the_module_are_no_obstacle(tmp_path):
    module = "exec = open = compile = sys = None\ndef f(x):\n    __import__ = None\n    return x\n"
    assert given(record(tmp_path, module.replace("    __import__ = None\n", ""), "m.f(1)")) == [(1,)]


def test_many_calls_leave_few_and_different_ones(tmp_path):
    script = "for i in range(200000): m.f('x')\nfor x in (1, -1, 0, 2.5, 'ä', [1], {'a': 1}, None, True): m.f(x)"
    seen = given(record(tmp_path, "def f(x): pass\n", script.replace("for i in range(200000)", "for i in range(9)")))
    assert [1] in [one[0] for one in seen]
    assert len(seen) == 10
    (tmp_path / "many").mkdir()
    assert given(record(tmp_path / "many", "def f(x): pass\n", script))[0] == ("x",)


def test_calls_are_bounded_and_each_shape_has_its_turn(tmp_path):
    recording = record(tmp_path, "def f(x): pass\n", "for i in range(5000): m.f(i); m.f(str(i))")
    assert len(recording.calls) <= 120
    assert {type(one[0]) for one in given(recording)} == {int, str}
    assert len(chosen(recording)) <= 100


def occurred(recording):
    return {pickle.loads(base64.b64decode(call.pickle))[0][0]: call.occurred for call in recording.calls}


def test_how_often_each_call_occurred_is_counted(tmp_path):
    script = "for i in range(6000): m.f(1) if i % 3 else m.f('x')"
    found = occurred(record(tmp_path, "def f(x): pass\n", script))
    assert 2000 <= found[1] <= 4100
    assert found[1] / found["x"] == pytest.approx(2, rel=0.25)


def test_calls_that_are_not_kept_count_for_those_of_their_shape(tmp_path):
    script = "for i in range(4000): m.f(i)\nfor i in range(4000): m.f([7])"
    found = record(tmp_path, "def f(x): pass\n", script)
    *numbers, listed = (call.occurred for call in found.calls)
    assert 2000 <= sum(numbers) <= 4100
    assert listed >= 1000


def test_counts_of_all_processes_are_added(tmp_path):
    script = (
        "import os\nchild = os.fork()\nfor _ in range(1024): m.f(1)\nif not child: os._exit(0)\nos.waitpid(child, 0)"
    )
    assert occurred(record(tmp_path, "def f(x): pass\n", script))[1] == pytest.approx(2048, rel=0.5)


def test_processes_threads_and_sudden_ends(tmp_path):
    script = (
        "import os, threading\n"
        "t = threading.Thread(target=m.f, args=('thread',)); t.start(); t.join()\n"
        "child = os.fork()\n"
        "if not child:\n    m.f(('child', 1)); os._exit(0)\n"
        "os.waitpid(child, 0); m.f(['parent']); os._exit(0)"
    )
    seen = given(record(tmp_path, "def f(x): pass\n", script))
    assert set(map(str, seen)) == {"('thread',)", "(['parent'],)", "(('child', 1),)"}


def test_copying_that_calls_the_function_itself(tmp_path):
    module = "class R:\n    def __reduce__(self):\n        f(3)\n        return (R, ())\n\ndef f(x): pass\n"
    recording = record(tmp_path, module, "m.f(m.R()); m.f(4)")
    assert len(recording.calls) == 2


def test_what_cannot_be_copied_is_counted_by_its_kind(tmp_path):
    script = (
        "import threading\ndef g():\n    class L: pass\n    m.f(L())\ng()\nm.f(threading.Lock()); m.f(x for x in ())"
    )
    recording = record(tmp_path, "def f(x): pass\n", script)
    assert [why for _, why in recording.refused] == [
        "a class or function made inside a function",
        "a _thread.lock",
        "a generator",
    ]


CLASS = """class Box:
    def __init__(self, n=0): self._n = n
    def add(self, x): self._n += x; return self.get()
    def get(self): return self._n
"""
NAMES = ("Box.__init__", "Box.add", "Box.get")


def test_an_object_s_history_holds_the_calls_from_outside_only(tmp_path):
    recording = record(tmp_path, CLASS, "b = m.Box(2); b.add(3); b.get(); c = m.Box(); c.get()", ["Box"], NAMES)
    assert [[step.name for step in call.steps] for call in recording.calls] == [["add", "get"], ["get"]]


MADE = """class Box:
    def __init__(self, n=0): self._n = n
    @classmethod
    def of(cls, all):
        all, box = list(all), cls(len(all))
        box.add(all.pop()); box._all = all
        return box
    def add(self, x): self._n += x
class Small(Box): pass
"""


def test_an_object_that_a_class_method_makes_is_made_by_it_again(tmp_path):
    script = "for kind in (m.Box, m.Small): kind.of([1, 2]).add(3)\nm.Box(1).add(4)"
    recording = record(tmp_path, MADE, script, ["Box", "Small"], ("Box.__init__", "Box.of", "Box.add"))
    objects = [call for call in recording.calls if call.kind == "object"]
    assert [(call.parts, call.maker) for call in objects] == [(("Box",), "of"), (("Small",), "of"), (("Box",), "")]
    assert [len(call.steps) for call in objects] == [1, 1, 1], "what the class method does is its own"
    assert pickle.loads(base64.b64decode(objects[0].made_of)) == (([1, 2],), {}), "as it was given"


def test_an_object_whose_constructor_is_elsewhere_is_copied_by_its_state_and_that_is_noted(tmp_path):
    script = "class Own(m.Box):\n    def __init__(self): super().__init__(1)\nOwn().add(1)"
    (call,) = record(tmp_path, CLASS, script, ["Box"], NAMES).calls
    assert (call.kind, call.parts, call.states) == ("method", ("Box", "add"), {"mod.py::Box"})


def test_histories_are_bounded(tmp_path):
    script = "for i in range(500):\n    b = m.Box(i)\n    for k in range(90): b.add(k)"
    recording = record(tmp_path, CLASS, script, ["Box"], NAMES)
    assert 0 < len(recording.calls) <= 80
    assert max(len(call.steps) for call in recording.calls) <= 60


def test_of_more_than_there_is_room_for_a_part_is_read(tmp_path, monkeypatch):
    def lines(number):
        place = {"k": "call", "label": "mod.py::f", "module": "mod", "parts": ["f"], "kind": "call", "states": []}
        return "".join(f"{json.dumps({**place, 'p': f'{number} {at:02d}'})}\n" for at in range(20))

    for number in (1, 2, 3):
        (tmp_path / f"calls-{number}.jsonl").write_text(lines(number))
    monkeypatch.setattr(calls, "_MOST_BYTES", len(lines(1)) * 3 // 2)
    assert Counter(call.pickle[0] for call in read_recording(tmp_path, tmp_path).calls) == {"1": 20, "2": 10}


def test_a_class_of_a_file_that_is_not_edited_has_kept_its_state(tmp_path):
    source = "class A:\n    def f(self):\n        return self._x\n"
    recording = record(tmp_path, source, "a = m.A(); a._x = 1; a.f()", ["A"], ["A.f"])
    assert [call.states for call in recording.calls] == [{"mod.py::A"}]
    edit = Edit(path="mod.py", before=source.encode(), after=source.replace("_x", "_y").encode())
    assert comparable(recording.calls, [replace(edit, path="other.py")]) == (recording.calls, 0)
    assert comparable(recording.calls, [replace(edit, after=b"")]) == ((), 1)


def test_values_of_a_script_are_looked_for_in_the_script_of_the_process_that_gave_them(tmp_path):
    def lines(main, value):
        about = {"k": "about", "path": [], "modules": {}, "main": main}
        text = base64.b64encode(pickle.dumps(((value,), {}))).decode()
        place = {"label": "mod.py::f", "module": "mod", "parts": ["f"], "kind": "call", "p": text, "states": []}
        return "".join(f"{json.dumps(one)}\n" for one in (about, {"k": "call", **place}))

    (tmp_path / "calls-1.jsonl").write_text(lines("/somewhere/pytest/__main__.py", 1))
    (tmp_path / "calls-2.jsonl").write_text(lines("/tree/bench.py", "__main__"))
    (tmp_path / "calls-3.jsonl").write_text(lines("/somewhere/else.py", 2))
    assert read_recording(tmp_path, tmp_path).main == "/tree/bench.py"
