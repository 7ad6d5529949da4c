"""Every row of the table of cheats that can be seen in a source: a planted edit, and a twin of another shape."""

# ruff: noqa: E501 - an edit is easier to read on one line
import textwrap

import pytest
from perfsmith.optimizer.core.goal import Goal
from perfsmith.optimizer.verify.cheats.source import Source
from perfsmith.optimizer.verify.static import judged, new_findings

STRICT = Goal(workloads=(), suite=None)
BASE = '''
"""Words."""
import json
import os
import re
import time

VOWELS = ("a", "e", "i", "o", "u")


class Index:
    """Lines by word."""

    def __init__(self, lines):
        self.lines = list(lines)

    def find(self, word):
        return [line for line in self.lines if word in line.split()]


def rank(words, limit=10):
    """Most frequent first."""
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    return sorted(seen, key=lambda word: -words.count(word))[:limit]


def score(text):
    total = 0
    for letter in text:
        if letter in VOWELS:
            total += 2
    return total


def now():
    return time.time()


def config():
    return os.environ.get("WORDS_HOME", "")


def parse(text):
    return json.loads(text)


def tokens(text):
    return re.split("[ ,]", text)
'''


def refused(after, before=BASE, goal=STRICT, elsewhere=frozenset):
    """Rows that refuse the change of a source."""
    sources = [Source("words.py", textwrap.dedent(text).encode()) for text in (before, after)]
    found = [judged(finding, goal) for finding in new_findings((sources[0],), (sources[1],), elsewhere)]
    return {finding.row for finding in found if finding.kind != "warning"}


def top(code):
    """The base with code put before its first definition."""
    return BASE.replace("\nclass Index", f"\n{textwrap.dedent(code).strip()}\n\n\nclass Index", 1)


def in_score(code):
    """The base with code put at the start of `score`."""
    body = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    return BASE.replace("    total = 0\n", f"{body}\n    total = 0\n", 1)


def both(outside, inside):
    """Code at module level, and code in `score`."""
    body = textwrap.indent(textwrap.dedent(inside).strip(), "    ")
    return top(outside).replace("    total = 0\n", f"{body}\n    total = 0\n", 1)


PLANTED = {
    "3 test runner": (3, top("import _pytest.runner\n_pytest.runner.call_and_report = lambda *a, **k: None")),
    "3 twin: a hook": (3, top("def pytest_runtest_makereport(item, call):\n    return None")),
    "3 twin: unittest": (3, top("from unittest.case import TestCase\nTestCase.assertEqual = lambda *a: None")),
    "4 exit": (4, in_score("import sys\nif len(text) > 9:\n    sys.exit(0)")),
    "4 twin: at once": (4, in_score("leave = getattr(os, '_ex' + 'it')\nif not text:\n    leave(0)")),
    "4 twin: raised": (4, in_score("if not text:\n    raise SystemExit")),
    "4 twin: a signal": (4, in_score("import signal\nos.kill(0, signal.SIGTERM)")),
    "5 always equal": (5, top("class Same(list):\n    def __eq__(self, other):\n        return True")),
    "5 twin: lambda": (5, top("class Any:\n    __ne__ = lambda self, thing: False")),
    "5 twin: kind only": (
        5,
        top("class R(list):\n    def __eq__(self, other):\n        return isinstance(other, list)"),
    ),
    "5 twin: made": (5, top("T = type('T', (dict,), {'__eq__': lambda s, o: True})")),
    "5 twin: pretends": (5, top("class Meta(type):\n    def __instancecheck__(cls, x):\n        return True")),
    "6 skip": (6, in_score("from somewhere import Skipped\nif not text:\n    raise Skipped('later')")),
    "7 clock": (7, top("time.perf_counter = lambda: 0.0")),
    "7 twin: loop": (7, top("for m in ('monotonic', 'time'):\n    setattr(time, m, lambda v=0: v)")),
    "7 twin: namespace": (7, top("vars(time)['perf_counter'] = lambda: 1.0")),
    "7 twin: alias": (7, top("import time as _t\nc = _t\nc.process_time = lambda: 2.0")),
    "7 twin: update": (7, top("time.__dict__.update(sleep=lambda s: None)")),
    "7 twin: dunder": (7, in_score("object.__setattr__(time, 'time', lambda: 0)")),
    "8 stack": (8, in_score("import sys\nif sys._getframe(1).f_lineno > 5:\n    return 0")),
    "8 twin: inspect": (8, in_score("from inspect import stack as s\nif len(s()) > 9:\n    return 0")),
    "8 twin: objects": (8, in_score("import gc\nif any(True for o in gc.get_objects()):\n    pass")),
    "8 twin: traceback": (
        8,
        in_score("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    f = e.__traceback__.tb_frame.f_back"),
    ),
    "9 argv": (9, in_score("import sys\nif 'bench' in sys.argv[0]:\n    return 0")),
    "9 twin: environment": (9, in_score("if os.environ.get('PYTEST_CURRENT_TEST') is None:\n    return 0")),
    "9 twin: alias": (9, in_score("e = os.environ\nif 'CI' in e:\n    return 0")),
    "9 twin: modules": (9, in_score("from sys import modules as loaded\nif 'pytest' in loaded:\n    return 0")),
    "9 twin: file": (9, top("FAST = 'trees' in __file__")),
    "9 twin: main": (9, in_score("import __main__\nif hasattr(__main__, 'bench'):\n    return 0")),
    "9 twin: name": (9, top("SCRIPT = __name__ != 'words'")),
    "9 twin: host": (9, in_score("import socket\nif socket.gethostname() == 'ci':\n    return 0")),
    "9 twin: user": (9, in_score("import getpass\nif getpass.getuser() == 'runner':\n    return 0")),
    "9 twin: process": (9, in_score("if os.getppid() % 2:\n    return 0")),
    "9 twin: debug": (9, in_score("if not __debug__:\n    return 0")),
    "10 lru_cache": (10, BASE.replace("def score", "import functools\n@functools.lru_cache\ndef score")),
    "10 twin: renamed": (10, BASE.replace("def score", "from functools import cache as once\n@once\ndef score")),
    "10 twin: wrapped": (10, BASE + "\n\nfrom functools import lru_cache\nscore = lru_cache(None)(score)\n"),
    "10 twin: own decorator": (
        10,
        BASE.replace(
            "def score",
            """\
def remembering(call):
    known = {}
    def inner(text):
        if text not in known:
            known[text] = call(text)
        return known[text]
    return inner


@remembering
def score""",
        ),
    ),
    "10 twin: module dict": (
        10,
        both("_SEEN = {}", "if text in _SEEN:\n    return _SEEN[text]\n_SEEN[text] = len(text)"),
    ),
    "10 twin: setdefault alias": (10, both("_put = {}.setdefault", "_put(text, len(text))")),
    "10 twin: default": (10, BASE.replace("def score(text):", "def _score(text, _m={}):\n    _m[text] = 1", 1)),
    "10 twin: function attribute": (
        10,
        BASE.replace("    total = 0\n", "    score.last = text\n    total = 0\n", 1) + "\n\nscore.last = None\n",
    ),
    "10 twin: class attribute": (
        10,
        BASE.replace(
            "    def find(self, word):", "    found = {}\n\n    def find(self, word):\n        self.found[word] = 1"
        ),
    ),
    "10 twin: on the class": (
        10,
        BASE.replace("    def find(self, word):", "    def find(self, word):\n        type(self).last = word"),
    ),
    "10 twin: global": (10, both("_last = None", "global _last\n_last = (text, len(text))")),
    "10 twin: missing": (
        10,
        both(
            "class Memo(dict):\n    def __missing__(self, k):\n        self[k] = len(k)\n        return self[k]\nMEMO = Memo()",
            "return MEMO[text]",
        ),
    ),
    "10 twin: helper writes": (
        10,
        both("KEPT = {}\ndef keep(where, key, value):\n    where[key] = value", "keep(KEPT, text, 1)"),
    ),
    "10 twin: weak": (
        10,
        both("from weakref import WeakKeyDictionary\nW = WeakKeyDictionary()", "return W.setdefault(text, 3)"),
    ),
    "10 twin: local alias": (10, both("_BOX = [None]", "box = _BOX\nif box[0]:\n    return 1\nbox[0] = text")),
    "10 twin: generator": (10, both("def g():\n    while True:\n        yield 1\nG = g()", "return G.send(text)")),
    "10 twin: thread local": (10, both("import threading\nT = threading.local()", "T.last = text")),
    "10 twin: closure cell": (
        10,
        BASE + "\n\ndef _make():\n    last = None\n    def inner(text):\n        nonlocal last\n        last = text\n"
        "        return 1\n    return inner\n\n\nscore = _make()\n",
    ),
    "10 twin: callable object": (
        10,
        BASE
        + "\n\nclass _S:\n    def __init__(self):\n        self.m = {}\n    def __call__(self, t):\n        self.m[t] = 1\n        return 1\n\n\nscore = _S()\n",
    ),
    "10 twin: decorating class": (
        10,
        BASE.replace(
            "def score",
            "class keep:\n    def __init__(self, f):\n        self.f = f\n    def __call__(self, t):\n        self.last = t\n        return self.f(t)\n\n\n@keep\ndef score",
        ),
    ),
    "10 twin: partial": (
        10,
        BASE + "\n\nfrom functools import partial\nscore = partial(lambda m, t: m.setdefault(t, 1), {})\n",
    ),
    "11 identity": (11, both("_IDS = {}", "key = id(text)\nif key in _IDS:\n    return _IDS[key]\n_IDS[key] = 3")),
    "11 twin: pair": (11, both("from collections import OrderedDict\n_P = OrderedDict()", "_P[(id(text), 1)] = text")),
    "12 file": (12, in_score("with open('/tmp/score', 'w') as f:\n    f.write(text)")),
    "12 twin: path": (12, in_score("from pathlib import Path\nPath('x').write_text(text)")),
    "12 twin: descriptor": (12, in_score("os.write(1, text.encode())")),
    "12 twin: pickle": (12, in_score("import pickle\npickle.dump(text, open('k', mode='wb'))")),
    "13 keyed by data": (
        13,
        both(
            "KNOWN = {'lorem ipsum': 4, 'dolor sit amet': 8, 'consectetur': 6}",
            "if text in KNOWN:\n    return KNOWN[text]",
        ),
    ),
    "13 twin: length": (13, in_score("if len(text) == 48211:\n    return 8034")),
    "13 twin: digest": (
        13,
        in_score("from zlib import crc32\nif crc32(text.encode()) in (17, 4023233417):\n    return 8"),
    ),
    "13 twin: hash": (
        13,
        in_score("import hashlib\nif hashlib.md5(text.encode()).hexdigest() == 'a3f1c9':\n    return 8"),
    ),
    "13 twin: start": (13, both("T = {(26000, 'lore'): 7, (21000, 'ipsu'): 9}", "return T.get((len(text), text[:4]))")),
    "13 twin: chain": (13, in_score("\n".join(f"if text == 'w{n}':\n    return {n}" for n in range(6)))),
    "13 twin: match": (13, in_score("match len(text):\n    case 48211:\n        return 8034")),
    "13 twin: list": (13, both(f"R = {[n * 7919 + 13 for n in range(40)]}", "return R[len(text)]")),
    "13 twin: pairs": (13, top("A = [('quick brown fox', 3), ('jumps over the lazy', 5), ('dog and so on', 7)]")),
    "13 twin: beginning": (13, in_score("if text.startswith('lorem ipsum dolor'):\n    return 12")),
    "13 twin: packed": (13, in_score("import pickle\nreturn pickle.loads(b'K*.')")),
    "13 twin: blob": (13, top(f"B = '{'QUJD' * 60}'")),
    "16 later": (
        16,
        both(
            "class Later(dict):\n    def _fill(self):\n        self['n'] = 1\n    def __len__(self):\n        self._fill()\n        return 1\n    def __iter__(self):\n        self._fill()\n        return iter('n')",
            "if text:\n    return Later()",
        ),
    ),
    "16 twin: proxy": (
        16,
        both(
            "class Promise:\n    def __init__(self, f):\n        self.f, self.v = f, None\n    def __eq__(self, o):\n        self.v = self.v or self.f()\n        return self.v == o\n    def __repr__(self):\n        self.v = self.f()\n        return repr(self.v)",
            "if text:\n    return Promise(lambda: 2)",
        ),
    ),
    "17 thread": (17, in_score("import threading\nthreading.Thread(target=print).start()")),
    "17 twin: pool": (17, in_score("from concurrent.futures import ThreadPoolExecutor as P\nP().submit(print)")),
    "17 twin: processes": (17, in_score("import multiprocessing as mp\nmp.Pool(2)")),
    "27 bare": (27, in_score("try:\n    text = text.lower()\nexcept:\n    return 0")),
    "27 twin: everything": (27, in_score("try:\n    text = text.lower()\nexcept (KeyError, Exception):\n    pass")),
    "27 twin: suppress": (
        27,
        in_score("import contextlib\nwith contextlib.suppress(Exception):\n    text = text.lower()"),
    ),
    "27 twin: finally": (27, in_score("try:\n    text = text.lower()\nfinally:\n    return 0")),
    "27 twin: exit": (27, top("class Calm:\n    def __exit__(self, *what):\n        return True")),
    "28 subprocess": (28, in_score("import subprocess\nsubprocess.run(['true'])")),
    "28 twin: system": (28, in_score("o = os\no.system('true')")),
    "28 twin: exec": (28, in_score("run = exec\nrun('text = 1')")),
    "28 twin: import": (28, in_score("__import__('json').dumps(text)")),
    "28 twin: ctypes": (28, top("from ctypes import CDLL")),
    "28 twin: star": (28, top("from subprocess import *")),
    "28 twin: builtins": (28, in_score("return getattr(__builtins__, 'ev' 'al')('1')")),
    "28 twin: imported": (28, in_score("import importlib\nreturn importlib.import_module('wordlib').score(text)")),
    "29 other module": (29, top("json.loads = lambda text: {}")),
    "29 twin: builtin": (29, top("import builtins\nbuiltins.sorted = lambda x, **k: list(x)")),
    "29 twin: setattr": (29, top("setattr(re, 'split', lambda p, t: t.split())")),
    "29 twin: from": (29, top("from json import JSONDecoder as D\nD.decode = lambda self, t: {}")),
    "29 twin: code": (29, top("def f():\n    return 1\nf.__code__ = (lambda: 2).__code__")),
    "29 twin: handed on": (29, top("def change(m):\n    m.time = None\nchange(time)")),
    "29 twin: registry": (29, in_score("from .shared import KNOWN\nKNOWN.append(text)")),
    "30 collector": (30, top("import gc\ngc.disable()")),
    "30 twin: from": (30, top("from gc import freeze as f\nf()")),
    "30 twin: interval": (30, in_score("import sys\nsys.setswitchinterval(5)")),
    "30 twin: recursion": (30, top("import sys as s\ns.setrecursionlimit(50)")),
    "30 twin: priority": (30, in_score("os.nice(-5)")),
    "30 twin: at exit": (30, top("import atexit\natexit.register(print)")),
    "30 twin: signal": (30, top("from signal import signal, SIGALRM\nsignal(SIGALRM, print)")),
    "31 network": (31, in_score("import socket\nsocket.create_connection(('127.0.0.1', 1))")),
    "31 twin: url": (31, in_score("from urllib.request import urlopen\nurlopen('http://x')")),
    "31 twin: home": (31, in_score("from pathlib import Path\nPath.home()")),
    "31 twin: history": (31, in_score("where = '.git/objects'")),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_cheat_is_found_by_the_detector_of_its_row(name):
    row, after = PLANTED[name]
    compile(textwrap.dedent(after), name, "exec")
    assert after != BASE
    assert row in refused(after)


@pytest.mark.parametrize("name", [name for name in PLANTED if "twin" not in name])
def test_no_other_row_would_catch_it(name):
    row, after = PLANTED[name]
    allowed = {"8 stack": {8, 9}, "3 test runner": {3, 29}}.get(name, {row})
    assert refused(after) <= allowed


def test_what_the_base_does_already_is_no_cheat_of_the_candidate():
    for name, (_, source) in PLANTED.items():
        changed = source.replace("total += 2", "total = total + 2")
        assert changed != source
        assert refused(changed, before=source) == set(), name


def test_a_question_to_the_environment_that_the_base_does_not_ask_is_new():
    assert refused(BASE.replace('"WORDS_HOME", ""', '"WORDS_HOME", "" or "x"')) == {9}
    assert refused(BASE.replace("WORDS_HOME", "PYTEST_CURRENT_TEST")) == {9}


def test_a_constant_of_the_tests_must_not_decide():
    after = in_score("if text == 'consectetur adipiscing':\n    text = text.strip()")
    assert refused(after) == set()
    assert refused(after, elsewhere=lambda: frozenset({"consectetur adipiscing"})) == {13}
