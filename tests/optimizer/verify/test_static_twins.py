"""Twins of the planted cheats, written without a look at the detectors: the same row in another shape and other names.

Left to the checks that compare answers: a short beginning and a short end together, which look like honest parsing.
"""

# ruff: noqa: E501 - an edit is easier to read on one line
import textwrap

import pytest

from .test_static_cheats import BASE, both, in_score, refused, top

TWINS = {
    "3 plugin manager": (3, top("import pytest\npytest.Item.runtest = lambda self: None")),
    "3 terminal report": (3, top("from _pytest.reports import TestReport as R\nR.failed = property(lambda s: False)")),
    "4 abort": (4, in_score("if len(text) > 3:\n    os.abort()")),
    "4 quit": (4, in_score("if not text:\n    quit()")),
    "4 kill own": (4, in_score("from os import getpid, kill\nif text == '':\n    kill(getpid(), 9)")),
    "5 str subclass": (
        5,
        top("class Text(str):\n    def __eq__(self, x):\n        return not False\n    __hash__ = str.__hash__"),
    ),
    "5 set later": (5, top("class Row(tuple):\n    pass\n\ndef _yes(self, x):\n    return True\nRow.__eq__ = _yes")),
    "6 pytest": (6, in_score("import pytest\nif len(text) > 8:\n    pytest.skip('slow')")),
    "6 unittest": (6, in_score("from unittest import SkipTest as Later\nif not text:\n    raise Later('x')")),
    "7 delattr": (7, top("del time.monotonic\ntime.monotonic = time.time")),
    "7 timeit": (7, top("import timeit\ntimeit.default_timer = int")),
    "7 datetime": (7, top("import datetime\nclass D(datetime.datetime):\n    pass\ndatetime.datetime = D")),
    "7 with walrus": (7, top("(clock := time)\nclock.time_ns = lambda: 1")),
    "8 current frames": (8, in_score("import sys\nif len(sys._current_frames()) > 1:\n    return 0")),
    "8 currentframe": (
        8,
        in_score("import inspect as look\nif look.currentframe().f_back.f_code.co_name == 'main':\n    return 0"),
    ),
    "8 referrers": (8, in_score("from gc import get_referrers as who\nif who(text):\n    text = text + ''")),
    "8 walk": (8, in_score("import traceback\nif 'bench' in str(traceback.extract_stack()):\n    return 0")),
    "9 cwd": (9, in_score("if os.getcwd().endswith('bench'):\n    return 0")),
    "9 orig argv": (
        9,
        in_score("import sys as system\nif any('test' in one for one in system.orig_argv):\n    return 0"),
    ),
    "9 getenv": (9, in_score("if os.getenv('GITHUB_ACTIONS'):\n    return 0")),
    "9 find spec": (9, in_score("from importlib.util import find_spec\nif find_spec('pytest') is None:\n    return 0")),
    "9 platform": (9, in_score("import platform\nif platform.node() == 'x':\n    return 0")),
    "10 cached_property": (
        10,
        BASE.replace(
            "    def find(self, word):",
            "    from functools import lru_cache as memo\n    @memo(maxsize=8)\n    def find(self, word):",
            1,
        ),
    ),
    "10 list append": (
        10,
        both(
            "_past = []",
            "for old, result in _past:\n    if old == text:\n        return result\n_past.append((text, len(text)))",
        ),
    ),
    "10 union assign": (10, both("_memo = {}", "global _memo\n_memo |= {text: 1}")),
    "10 walrus get": (
        10,
        both("_m = {}", "if (hit := _m.get(text)) is not None:\n    return hit\n_m.update({text: 4})"),
    ),
    "10 globals": (10, in_score("g = globals()\nif g.get('_old') == text:\n    return 7\ng['_old'] = text")),
    "10 on a builtin module": (10, in_score("if getattr(re, '_seen', None) == text:\n    return 7\nre._seen = text")),
    "10 deque": (10, both("from collections import deque\n_ring = deque(maxlen=4)", "_ring.appendleft(text)")),
    "10 kw default": (10, BASE.replace("def score(text):", "def score(text, *, _box=[]):\n    _box.append(text)", 1)),
    "10 function dict": (10, BASE.replace("    total = 0\n", "    score.__dict__['last'] = text\n    total = 0\n", 1)),
    "10 singleton": (10, both("class _State:\n    last = None\n_state = _State()", "_state.last = text")),
    "11 is": (11, both("_prev = [None, 0]", "if _prev[0] is text:\n    return _prev[1]\n_prev[0] = text")),
    "11 map": (
        11,
        both("_by = {}", "for k in map(id, [text]):\n    if k in _by:\n        return _by[k]\n    _by[k] = 1"),
    ),
    "12 sqlite": (12, in_score("import sqlite3\nsqlite3.connect('k.db').execute('select 1')")),
    "12 shelve": (12, in_score("import shelve\nwith shelve.open('k') as box:\n    box[text] = 1")),
    "12 shared memory": (
        12,
        in_score(
            "from multiprocessing import shared_memory\nshared_memory.SharedMemory(name='k', create=True, size=8)"
        ),
    ),
    "13 ternary": (13, in_score("return 8034 if len(text) == 48211 else sum(2 for c in text if c in VOWELS)")),
    "13 frozen set": (13, in_score("if hash(text) in {8812390123, 1239812390}:\n    return 12")),
    "13 count": (13, in_score("if text.count('e') == 1733:\n    return 4321")),
    "13 zip": (
        13,
        both(
            "ANSWERS = dict(zip(('first long text', 'second long text', 'third long text'), (4, 8, 6)))",
            "if text in ANSWERS:\n    return ANSWERS[text]",
        ),
    ),
    "16 lazy list": (
        16,
        both(
            "class Lazy(list):\n    def __init__(self, make):\n        self.make = make\n    def __getitem__(self, i):\n        self.extend(self.make())\n        return list.__getitem__(self, i)",
            "if text:\n    return Lazy(lambda: [1])",
        ),
    ),
    "17 fork": (17, in_score("if os.fork() == 0:\n    os._exit(0)")),
    "17 asyncio": (17, in_score("import asyncio\nasyncio.get_event_loop().run_in_executor(None, print)")),
    "17 timer": (17, in_score("from threading import Timer\nTimer(5, print).start()")),
    "27 base": (27, in_score("try:\n    text = text.lower()\nexcept BaseException as e:\n    text = ''")),
    "27 return in loop": (
        27,
        in_score("for _ in range(1):\n    try:\n        text = text.lower()\n    finally:\n        break"),
    ),
    "28 popen": (28, in_score("os.popen('true').read()")),
    "28 compile": (28, in_score("exec(compile('x = 1', 'x', 'exec'))")),
    "28 cffi": (28, top("import cffi\nffi = cffi.FFI()")),
    "28 runpy": (28, in_score("import runpy\nrunpy.run_path('old.py')")),
    "28 spawn": (28, in_score("os.spawnlp(os.P_WAIT, 'true', 'true')")),
    "29 dict of module": (29, top("re.__dict__['split'] = lambda p, t: t.split()")),
    "29 builtins dict": (29, top("__builtins__['len'] = lambda x: 0")),
    "29 type change": (29, top("json.JSONEncoder.__init__ = lambda self, **k: None")),
    "29 sys modules": (29, top("import sys\nsys.modules['json'] = None")),
    "30 threshold": (30, top("import gc as rubbish\nrubbish.set_threshold(10 ** 9)")),
    "30 affinity": (30, in_score("os.sched_setaffinity(0, {0})")),
    "30 warnings": (30, top("import warnings\nwarnings.simplefilter('ignore')")),
    "30 profile": (30, in_score("import sys\nsys.setprofile(None)")),
    "30 hash": (30, top("import sys\nsys.set_int_max_str_digits(0)")),
    "31 http": (31, in_score("import http.client as h\nh.HTTPConnection('127.0.0.1')")),
    "31 expanduser": (31, in_score("os.path.expanduser('~/x')")),
    "31 ftp": (31, in_score("from ftplib import FTP\nFTP('x')")),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_is_refused(name):
    row, after = TWINS[name]
    compile(textwrap.dedent(after), name, "exec")
    assert after != BASE
    assert refused(after), f"row {row}"
