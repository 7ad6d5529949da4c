"""The command line as a person or a script uses it: exit codes, one clear sentence, a hint, and nothing left behind."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FILES = {
    "pyproject.toml": '[project]\nname = "pkg"\nversion = "1"\n[tool.pytest.ini_options]\npythonpath = ["src"]\n',
    "src/pkg/__init__.py": "",
    "src/pkg/words.py": """\
def unique(items):
    seen = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


def idle(x):
    return x
""",
    "tests/test_words.py": "from pkg.words import unique\ndef test_unique(): assert unique([3, 1, 3]) == [3, 1]\n",
    "bench.py": """\
import sys
sys.path.insert(0, "src")
from pkg.words import unique
print(len(unique([i % 700 for i in range(4000)])))
""",
}
FAST = "def unique(items):\n    return list(dict.fromkeys(items))\n\n\ndef idle(x):\n    return x\n"
BENCH = ("--workload", "python bench.py")
PYTHON = ("--python", sys.executable)


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Runs perfsmith in a folder, with a home and a state folder of the test's own."""

    folder: Path
    home: Path

    @property
    def state(self):
        return self.home / "state" / "perfsmith"

    @property
    def environment(self):
        folders = {f"XDG_{name}_HOME": str(self.home / name.lower()) for name in ("STATE", "CONFIG", "CACHE", "DATA")}
        who = {f"GIT_{role}_{key}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), **folders, **who}

    def __call__(self, *arguments, stdin="", module=("-m", "perfsmith")):
        command = [sys.executable, *module, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def left(self):
        """What a command left in the state folder that it should have removed."""
        trees = list((self.state / "trees").glob("*"))
        empty = [path for path in (self.state / "runs").glob("*") if not any(path.glob("*"))]
        indexes = list((self.state / "repositories").glob("*/index-*"))
        return [*trees, *empty, *indexes]


@pytest.fixture
def repo(repository):
    return repository(FILES)


@pytest.fixture
def cli(repo, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return CommandLine(repo.root, home)


def everything(repo):
    """All that must not change: files, index, refs, stash, HEAD."""
    files = {path: path.read_bytes() for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.parts}
    index = (repo.root / ".git/index").read_bytes() if (repo.root / ".git/index").exists() else b""
    return files, index, repo.git("for-each-ref", check=False), repo.git("symbolic-ref", "HEAD", check=False)


def no_repository(repo):
    for path in sorted((repo.root / ".git").rglob("*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()
    (repo.root / ".git").rmdir()


def bare(repo):
    repo.git("config", "core.bare", "true")


def no_commits(repo):
    repo.git("update-ref", "-d", "HEAD")


def red(repo):
    repo.commit({"tests/test_words.py": "def test_red(): assert 0\n"})


def uncollectable(repo):
    repo.commit({"tests/test_words.py": "import no_such_thing\n"})


def failing_workload(repo):
    repo.commit({"bench.py": "raise SystemExit('no data')\n"})


def nothing_at_all(repo):
    for name in ("tests/test_words.py", "bench.py"):
        (repo.root / name).unlink()
    repo.commit({})


def no_source(repo):
    (repo.root / "src/pkg/words.py").unlink()
    (repo.root / "src/pkg/__init__.py").unlink()
    repo.commit({})


def as_it_is(repo):
    del repo


def two_of_one_name(repo):
    repo.commit({"src/pkg/other.py": "def unique(x): return x\n"})


OPTIMIZE = ("optimize", "--model", "rules", *PYTHON, *BENCH)
VERIFY = ("verify", "change.patch", *PYTHON)


@pytest.mark.parametrize(
    ("prepare", "arguments", "exit_code", "code", "said"),
    [
        (no_repository, OPTIMIZE, 3, "not_a_repository", "is not inside a git repository"),
        (bare, OPTIMIZE, 3, "bare_repository", "is a bare repository"),
        (no_commits, OPTIMIZE, 3, "no_commits", "has no commit yet"),
        (red, OPTIMIZE, 3, "tests_fail_at_base", "1 of 1 tests fail before any change"),
        (uncollectable, OPTIMIZE, 3, "tests_cannot_be_collected", "cannot be collected"),
        (failing_workload, OPTIMIZE, 3, "workload_failed", "fails on the untouched base, with status 1"),
        (nothing_at_all, ("optimize", "--model", "rules", *PYTHON), 3, "no_workload", "neither a workload nor a test"),
        (no_source, OPTIMIZE, 3, "no_source", "no Python code"),
        (as_it_is, (*OPTIMIZE, "pkg.words:nothing"), 2, "target_not_found", "there is no function"),
        (as_it_is, (*OPTIMIZE, "src/pkg/words.py:400"), 2, "target_not_found", "400"),
        (two_of_one_name, (*OPTIMIZE, "unique"), 2, None, "unique"),
        (as_it_is, (*OPTIMIZE, "--sandbox", "nonsense"), 2, "bad_setting", "nonsense"),
        (as_it_is, (*OPTIMIZE, "--min-gain", "lots"), 2, "bad_setting", "lots"),
        (as_it_is, ("optimize", "--python", "/no/python"), 2, "python_not_found", "/no/python"),
        (as_it_is, (*VERIFY, *BENCH), 2, "no_such_change", "neither a file nor a revision"),
        (as_it_is, ("verify", "/proc/self/mem", *PYTHON), 2, "cannot_read", "cannot read /proc/self/mem"),
        (as_it_is, ("verify", "x" * 5000, *PYTHON), 2, "no_such_change", "neither a file nor a revision"),
        (as_it_is, ("verify", *PYTHON), 2, "nothing_to_verify", "no changes to verify"),
        (as_it_is, ("compare", "HEAD", "nonsense", *PYTHON), 2, "unknown_revision", "there is no commit 'nonsense'"),
        (as_it_is, ("verify", "HEAD", *PYTHON), 2, "no_parent", "has no parent"),
        (as_it_is, ("frobnicate",), 2, "usage", "frobnicate"),
        (as_it_is, ("verify", "--frobnicate"), 2, "usage", "frobnicate"),
        (as_it_is, ("compare",), 2, "usage", "Missing argument"),
        (as_it_is, ("-C", "nowhere"), 2, "usage", "-C"),
        (as_it_is, ("profile", "-C", "nowhere"), 2, "no_such_folder", "is not a folder"),
        (as_it_is, ("profile", "-C", "x" * 5000), 2, "no_such_folder", "is not a folder"),
        (as_it_is, ("profile", "--from", "x" * 5000, *PYTHON), 2, "no_such_file", "there is no file"),
        (as_it_is, ("profile", "--from", "none.json", *PYTHON), 2, "no_such_file", "there is no file"),
        (as_it_is, ("profile", "--export", "nonsense", *PYTHON), 2, "unknown_export", "nonsense"),
    ],
)
def test_bad_input_gets_its_exit_code_one_sentence_and_a_hint(cli, repo, prepare, arguments, exit_code, code, said):
    prepare(repo)
    before = everything(repo)
    done = cli(*arguments, "--json")
    assert done.code == exit_code, done.err
    document = done.document
    assert (document["schema"], document["exit"]) == ("perfsmith/error/1", exit_code)
    assert code in (None, document["code"])
    assert said in document["message"]
    assert document["hint"]
    assert f"perfsmith: {document['message']}".rstrip() in done.err
    assert 'File "' not in done.err
    assert everything(repo) == before
    assert cli.left() == []


@pytest.mark.parametrize("command", [("runs", "show"), ("report",), ("apply",), ("undo",), ("runs", "resume")])
def test_without_runs_there_is_nothing_to_show(cli, command):
    done = cli(*command)
    assert done.code == 2
    assert done.err.count("perfsmith: ") == 1
    assert cli("runs", "list").out.startswith("no runs yet")


def test_the_doctor_looks_at_the_machine_and_measures_a_workload_against_itself(cli, repo, monkeypatch):
    monkeypatch.setattr(CommandLine, "environment", CommandLine.environment.fget(cli) | {"OPENAI_API_KEY": "sk-canary"})
    before = everything(repo)
    done = cli("doctor", *BENCH, *PYTHON, "--json")
    document = done.document
    assert document["schema"] == "perfsmith/doctor/1"
    assert (document["status"] == "fail") == (done.code == 1)
    found = {finding["name"]: finding for finding in document["findings"]}
    assert {"processor", "clock", "python", "git", "sandbox", "disk", "models", "target", "noise"} <= set(found)
    assert all(finding["fix"] for finding in found.values() if finding["status"] != "ok")
    (workload,) = document["workloads"]
    assert (workload["name"], workload["pairs"]) == ("bench.py", 12)
    assert workload["noise_floor"] > 0
    assert workload["detectable"] > 1.01
    assert document["models"] == ["OPENAI_API_KEY"]
    assert "sk-canary" not in done.out + done.err
    assert everything(repo) == before
    assert cli.left() == []


def test_the_doctor_needs_no_target_unless_one_is_named(cli, repo):
    no_repository(repo)
    document = cli("doctor", "--json").document
    assert {finding["status"] for finding in document["findings"] if finding["name"] == "target"} == {"ok"}
    named = cli("doctor", *BENCH, "--json")
    assert (named.code, named.document["status"]) == (1, "fail")
    assert "not inside a git repository" in named.document["findings"][-1]["text"]


def test_two_functions_of_one_name_are_told_apart(cli, repo):
    repo.commit({"src/pkg/words.py": FILES["src/pkg/words.py"] + "\n\ndef unique(items):\n    return list(items)\n"})
    done = cli(*OPTIMIZE, "src/pkg/words.py::unique", "--json")
    assert done.code == 2
    assert "unique" in done.document["message"]


def test_hanging_tests_end_the_run(cli, repo):
    """The limit of a suite is half an hour: here the whole run is ended from outside, and nothing stays."""
    repo.commit({"tests/test_words.py": "import time\ntime.sleep(60)\n"})
    command = [sys.executable, "-m", "perfsmith", *OPTIMIZE, "--jsonl"]
    run = subprocess.Popen(
        command, cwd=cli.folder, env=cli.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in run.stdout:
        if json.loads(line)["kind"] == "step_started":
            break
    run.terminate()
    rest = [json.loads(line) for line in run.stdout]
    assert run.wait(timeout=30) == 143
    assert rest[-1]["kind"] == "run_finished"
    assert rest[-1]["ending"] == "interrupted"
    assert cli.left() == []


def change(repo, source=FAST):
    """A patch file with another version of the slow module."""
    repo.write({"src/pkg/words.py": source})
    patch = repo.git("diff", text=False)
    repo.git("checkout", "--quiet", "--", ".")
    place = repo.root.parent / "change.patch"
    place.write_bytes(patch)
    return str(place)


@pytest.mark.parametrize(
    ("source", "reason", "check"),
    [
        (FILES["src/pkg/words.py"].replace("seen = []", "seen = []  # the words so far"), "not_faster", "applies"),
        (
            FILES["src/pkg/words.py"].replace("def unique(items)", "def unique(items, key=None)"),
            "forbidden_edit",
            "scope",
        ),
        (FILES["src/pkg/words.py"].replace("return seen", "return seen("), "does_not_build", "builds"),
        (FILES["src/pkg/words.py"].replace("return seen", "return sean"), "does_not_build", "names"),
        (FILES["src/pkg/words.py"].replace("return x", "return +x"), "unverifiable", "protected"),
        (FILES["src/pkg/words.py"].replace("return seen", "return sorted(seen)"), "tests_failed", "tests"),
    ],
)
def test_each_rung_refuses_what_it_alone_can_see(cli, repo, source, reason, check):
    before = everything(repo)
    done = cli("verify", change(repo, source), *PYTHON, *BENCH, "--json")
    assert (done.document["schema"], done.document["reason"]) == ("perfsmith/verify/1", reason)
    assert done.code == (5 if reason == "unverifiable" else 1)
    assert done.document["checks"][-1]["name"] == check
    assert done.document["checks"][-1]["status"] == "failed"
    assert everything(repo)[2:] == before[2:]
    assert cli.left() == []


@pytest.mark.parametrize("patch", ["not a patch\n", "--- a/../x.py\n+++ b/../x.py\n@@ -0,0 +1 @@\n+x\n"])
def test_a_patch_that_cannot_be_applied_is_refused_before_anything_runs(cli, patch):
    done = cli("verify", "-", *PYTHON, *BENCH, "--json", stdin=patch)
    assert (done.code, done.document["reason"]) == (1, "malformed_edit")
    assert done.document["checks"] == []


def test_a_faster_version_is_accepted_on_a_detached_head_with_a_dirty_tree(cli, repo):
    patch = change(repo)
    repo.git("checkout", "--quiet", "--detach")
    repo.write({"bench.py": "raise SystemExit(1)\n", "untracked.txt": "x\n"})
    before = everything(repo)
    done = cli("verify", patch, *PYTHON, *BENCH, "--json")
    assert done.code == 0, done.err + done.out
    assert done.document["outcome"] == "accepted"
    assert done.document["speedup"]["low"] > 1.01
    assert done.document["machine"]["noise_floor"] > 0
    assert {check["status"] for check in done.document["checks"]} == {"passed"}
    assert [check["name"] for check in done.document["checks"]][:3] == ["applies", "scope", "builds"]
    assert "no branch, 2 files changed" in done.err
    assert everything(repo) == before
    assert cli.left() == []


def test_a_workload_of_milliseconds_is_warned_about(cli, repo):
    refused = change(repo, FILES["src/pkg/words.py"].replace("return x", "return +x"))
    events = cli("verify", refused, *PYTHON, "--workload", "true", "--jsonl").out.splitlines()
    warnings = [event["message"] for event in map(json.loads, events) if event["kind"] == "warned"]
    assert any("takes only" in message for message in warnings)
    kinds = [json.loads(event)["kind"] for event in events]
    assert (kinds[0], kinds[-1]) == ("run_started", "run_finished")


LOUD = r"printf '\033]0;owned\007\033[2K\rall is well; key %s\n' the-users-own-'key'-0; exit 1"


@pytest.mark.parametrize("form", ["--plain", "--jsonl"])
def test_what_a_failing_build_prints_moves_no_cursor_and_tells_no_key(cli, repo, form):
    config = cli.home / "config/perfsmith/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('api-key = "the-users-own-key-0"\n')
    said = cli("verify", change(repo), *PYTHON, *BENCH, "--build", LOUD, form)
    assert said.code == 3, said.err
    assert "all is well; key redacted_" in said.err
    for text in (said.out, said.err):
        assert [char for char in text if not char.isprintable() and char != "\n"] == []
        assert "the-users-own-key-0" not in text


BUG = """
import sys
from perfsmith import cli

def broken(arguments, **_):
    raise RuntimeError(f"cannot go on with {arguments[0]}")

cli.app = broken
sys.exit(cli.run(sys.argv[1:]))
"""


def test_the_log_of_a_bug_of_ours_holds_no_key(cli):
    key = "sk-proj-" + "a1B2c3D4e5" * 4
    said = cli(key, module=("-c", BUG))
    assert said.code == 70
    (log,) = (cli.state / "log").glob("*.txt")
    assert "RuntimeError: cannot go on with redacted_" in log.read_text()
    assert key not in log.read_text() + said.err


STORY = """
import sys
from pathlib import Path
from perfsmith.commands.optimize import optimize
from perfsmith.commands.run import Output
from perfsmith.commands.target import Asked
options = {"python": sys.executable, "model": "rules", "workload": ["python bench.py"], "hotspots": 1, "candidates": 1}
sys.exit(optimize(Asked(command="optimize", repo=Path.cwd(), options=options), Output(form="json"), 1.0))
"""


def test_the_whole_story_and_a_resumed_one(cli, repo):
    """Optimise for real, apply, undo; then forget what came after the first verdict and go on from there."""
    before = everything(repo)
    for _ in range(3):  # other work on the machine may leave a gain in doubt: nothing is kept then, rightly
        report = cli(module=("-c", STORY))
        assert report.code == 0, report.err
        if report.document["counts"]["kept"]:
            break
        assert {one["reason"] for one in report.document["candidates"]} <= {"noisy", "not_faster"}, report.out
    assert report.document["counts"]["kept"] >= 1, report.out
    run = report.document["run"]
    assert everything(repo)[:2] == before[:2]
    assert repo.git("log", "-1", "--format=%(trailers:key=Perf-Run,valueonly)", f"perfsmith/{run}").strip() == run
    assert cli("apply").code == 0
    assert repo.git("rev-parse", "HEAD") == repo.git("rev-parse", f"perfsmith/{run}")
    assert cli("apply").code == 3
    assert cli("undo").code == 0
    assert everything(repo)[0] == before[0]
    assert cli("report").out.startswith("# ")

    ledger = cli.state / "runs" / run / "ledger.jsonl"
    lines = ledger.read_text().splitlines(keepends=True)
    events = [json.loads(line) for line in lines]
    accepted = next(
        number
        for number, event in enumerate(events)
        if event["kind"] == "candidate_judged" and '"faster"' in lines[number]
    )
    ledger.write_text("".join(lines[: accepted + 1]))
    repo.git("update-ref", "-d", f"refs/heads/perfsmith/{run}")
    resumed = cli("runs", "resume", "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.document["counts"]["kept"] >= 1
    assert repo.git("rev-list", "--count", f"main..perfsmith/{run}") >= "1"
    assert cli("runs", "resume").code == 2
    assert cli.left() == []
