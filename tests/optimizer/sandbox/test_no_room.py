"""A full disk, wherever it is met: exit code 3, one clear line with a hint, nobody blamed, nothing lost."""

import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from perfsmith.agents.models._recorded import Recorded
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.core.values import Edit, Message, Prompt, Reply
from perfsmith.optimizer.sandbox.landing import Landing, apply
from perfsmith.optimizer.sandbox.scratch import with_room
from perfsmith.optimizer.store.ledger import read

RUN = "20261120-1415-9f3a"
OLD = "def unique(items):\n    return sorted(set(items), key=items.index)\n"
FILES = {
    "src/words.py": OLD,
    "check.py": "import sys\nsys.path.insert(0, 'src')\nfrom words import unique\nassert unique([3, 1, 3]) == [3, 1]\n",
    "bench.py": "import sys\nsys.path.insert(0, 'src')\nfrom words import unique\nprint(unique([1, 2, 1]))\n",
}
WRONG = "def unique(items):\n    return sorted(items)\n"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def small(tmp_path):
    """Makes a file system of so many KiB in memory."""
    place = tmp_path / "mountable"
    place.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "none", str(place)], check=False).returncode:
        pytest.skip("only root, outside of most containers, can mount a small file system")
    made = [place]

    def make(kib, how="rw"):
        folder = tmp_path / f"small-{len(made)}"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k,{how}", "none", str(folder)], check=True)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def repo(repository):
    return repository(FILES)


@pytest.fixture
def perfsmith(repo, tmp_path):
    """Runs the command line in the repository; `STATE` and `TMPDIR` may be told."""

    def call(*arguments, state=None, temporary=None, largest=None):
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_STATE_HOME": str(state or home / "state")}
        env |= {"TMPDIR": str(temporary)} if temporary else {}
        bound = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))) if largest else None
        command = [sys.executable, "-m", "perfsmith", *arguments]
        done = subprocess.run(
            command, cwd=repo.root, env=env, capture_output=True, text=True, check=False, preexec_fn=bound
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def wrong(repo):
    """A patch that the tests refuse."""
    repo.write({"src/words.py": WRONG})
    patch = repo.root.parent / "wrong.patch"
    patch.write_bytes(repo.git("diff", text=False))
    repo.git("checkout", "--quiet", "--", ".")
    return str(patch)


@pytest.fixture
def verify(wrong):
    commands = ("--tests", f"{sys.executable} check.py", "--workload", f"{sys.executable} bench.py")
    return ("verify", wrong, "--python", sys.executable, *commands, "--json", "--quiet")


def things(repo):
    status = repo.git("status", "--porcelain", env={"GIT_OPTIONAL_LOCKS": "0"})
    files = {path: path.read_bytes() for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.parts}
    return files, repo.git("for-each-ref"), status, (repo.root / ".git/index").read_bytes()


def is_full(done, code="disk_full"):
    """One document, one line, a hint, exit code 3."""
    assert done.code == 3, done.err
    document = json.loads(done.out)
    assert (document["exit"], document["code"]) == (3, code)
    assert document["hint"]
    assert len(done.err.strip().splitlines()) <= 4
    assert f"perfsmith: {document['message']}\n  {document['hint']}\n" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("kib", [4, 32, 48, 4096])
def test_a_full_state_folder_ends_the_command_whatever_it_was_writing(small, perfsmith, repo, verify, kib):
    """Folders, the ledger, the private repository, trees: whichever is first not to fit."""
    state, before = small(kib), things(repo)
    is_full(perfsmith(*verify, state=state))
    assert things(repo) == before
    for ledger in (state / "perfsmith" / "runs").glob("*/ledger.jsonl"):
        text = ledger.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        assert len(read(ledger)) == whole.count(b"\n")
        assert not any("was left out" in getattr(entry.event, "message", "") for entry in read(ledger))
    assert list((state / "perfsmith" / "trees").glob("*")) == []


@pytest.mark.parametrize("kib", [4, 64, 4096])
def test_a_full_temporary_folder_ends_the_command_and_blames_no_change(small, perfsmith, repo, verify, kib):
    temporary, before = small(kib), things(repo)
    is_full(perfsmith(*verify, temporary=temporary))
    assert things(repo) == before
    assert list(temporary.iterdir()) == []


def test_a_file_system_that_is_read_only(small, perfsmith, repo, verify):
    before = things(repo)
    is_full(perfsmith(*verify, state=small(4096, "ro")), "ledger_io")
    is_full(perfsmith(*verify, temporary=small(4096, "ro")), "no_temporary_folder")
    assert things(repo) == before


def test_folders_that_are_none(perfsmith, verify, tmp_path):
    (tmp_path / "file").write_text("")
    is_full(perfsmith(*verify, state=tmp_path / "file"), "ledger_io")
    is_full(perfsmith(*verify, temporary=tmp_path / "nowhere"), "no_temporary_folder")


def test_a_ledger_beyond_the_largest_file(perfsmith, repo, verify, tmp_path):
    """What can be tried without being root."""
    before = things(repo)
    is_full(perfsmith(*verify, largest=2000))
    assert things(repo) == before
    (ledger,) = (tmp_path / "home/state/perfsmith/runs").glob("*/ledger.jsonl")
    assert ledger.read_bytes().endswith(b"\n")
    assert len(read(ledger)) == ledger.read_bytes().count(b"\n") > 1


def test_with_room_the_change_is_blamed_and_reports_need_room_of_their_own(small, perfsmith, verify, repo):
    done = perfsmith(*verify)
    assert (done.code, json.loads(done.out)["reason"]) == (1, "tests_failed"), done.err
    folder = small(8)
    (folder / "report").write_text("the old one")
    (folder / "filler").write_bytes(bytes(4096))
    for form in ("html", "md", "json"):
        done = perfsmith("report", "--format", form, "-o", str(folder / "report"))
        assert (done.code, done.err.count("perfsmith: ")) == (3, 1), done.err
        assert (folder / "report").read_text() == "the old one"
    is_full(perfsmith("report", "--json", "-o", str(folder / "report")), "cannot_write")
    assert sorted(path.name for path in folder.iterdir()) == ["filler", "report"]
    said = shell(repo, "report --json > /dev/full")
    assert (said.code, said.err.count("No space left")) == (3, 1), said.err
    said = shell(repo, "report --json | true; exit ${PIPESTATUS[0]}")
    assert (said.code, said.err) == (141, "")


def shell(repo, text):
    """The command line as a shell's user has it."""
    home = repo.root.parent / "home"
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
    command = ["bash", "-c", f"{sys.executable} -m perfsmith {text}"]
    done = subprocess.run(command, cwd=repo.root, env=env, capture_output=True, text=True, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Answers:
    name = "answers"

    def reply(self, prompt):
        return Reply(text=prompt.messages[0].text, model=self.name, seconds=0.0)


def asked(text):
    return Prompt(template="t", messages=(Message(role="user", text=text),))


def test_an_answer_that_finds_no_room_leaves_those_before_it(tmp_path):
    place = tmp_path / "answers.jsonl"
    model = Recorded(model=Answers(), path=place)
    model.reply(asked("short"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (place.stat().st_size + 100, before[1]))
    try:
        with pytest.raises(SandboxError, match="no space left") as caught:
            model.reply(asked("long" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (caught.value.exit_code, caught.value.code) == (3, "disk_full")
    model.reply(asked("short again"))
    assert [json.loads(line)["text"] for line in place.read_text().splitlines()] == ["short", "short again"]


def test_what_was_judged_on_a_full_disk_is_not_said(small):
    folder = small(20 << 10)
    with with_room(folder):
        (folder / "much").write_bytes(bytes(10 << 20))
    with pytest.raises(SandboxError, match="no space left"), with_room(folder):
        raise AssertionError("begun without room")
    (folder / "much").unlink()
    with pytest.raises(SandboxError, match="no space left"), with_room(folder):
        (folder / "much").write_bytes(bytes((20 << 20) - 8192))
    with pytest.raises(ZeroDivisionError), with_room(Path("/proc")):
        1 / 0  # noqa: B018 - what happens inside comes out as it is


def test_commits_are_not_moved_into_a_checkout_without_room(small, new_repository, base_of):
    folder = small(24 << 10)
    repo = new_repository(folder / "repo", FILES)
    base = base_of(repo)
    following = base.commit([Edit(path="src/words.py", before=OLD.encode(), after=b"# faster\n")], "faster")
    (folder / "much").write_bytes(bytes((24 << 20) - (1 << 20)))
    Landing(root=repo.root, private=base.private, run=RUN).publish(following.revision, 1)
    before = things(repo)
    with pytest.raises(SandboxError, match="no space left") as caught:
        apply(repo.root, RUN, base.revision, base.private)
    assert caught.value.exit_code == 3
    assert things(repo) == before
    (folder / "much").write_bytes(bytes(1 << 20))
    apply(repo.root, RUN, base.revision, base.private)
    assert (repo.root / "src/words.py").read_bytes() == b"# faster\n"


def test_a_kept_commit_that_finds_no_room_in_the_checkout_stays_in_the_private_repository(
    small, new_repository, base_of
):
    folder = small(24 << 10)
    repo = new_repository(folder / "repo", FILES)
    base = base_of(repo)
    following = base.commit([Edit(path="src/words.py", before=OLD.encode(), after=os.urandom(65536))], "faster")
    landing = Landing(root=repo.root, private=base.private, run=RUN)
    with suppress(OSError):
        (folder / "much").write_bytes(bytes(24 << 20))
    before = things(repo)
    with pytest.raises(SandboxError):
        landing.publish(following.revision, 1)
    assert things(repo) == before
    (folder / "much").unlink()
    landing.publish(following.revision, 1)
    assert repo.git("rev-parse", f"perfsmith/{RUN}") == following.revision
    repo.git("fsck", "--strict", "--no-dangling")


MODEL = """
import os, pathlib, sys
sys.stdin.read()
with open(sys.argv[1], "a") as calls:
    calls.write("asked\\n")
filler = pathlib.Path(sys.argv[2], "filler")
usage = os.statvfs(sys.argv[2])
filler.write_bytes(bytes(max(0, usage.f_bavail * usage.f_frsize - int(sys.argv[3]))))
print("why: sort them\\n\\n```python\\ndef unique(items):\\n    return sorted(items)\\n```")
"""


@pytest.fixture
def optimize(tmp_path):
    """A run whose model fills a folder, but for so many bytes, before it answers."""

    def arguments(folder, left):
        script = tmp_path / "model.py"
        script.write_text(MODEL)
        model = f"cmd:{sys.executable} {script} {tmp_path / 'calls'} {folder} {left}"
        words = ("optimize", "words:unique", "--model", model, "--candidates", "1", "--python", sys.executable)
        commands = ("--tests", f"{sys.executable} check.py", "--workload", f"{sys.executable} bench.py")
        return (*words, *commands, "--json", "--quiet")

    return arguments


def ledger_of(state):
    """The entries of the one run, every line of which can be read."""
    (ledger,) = (state / "perfsmith/runs").glob("*/ledger.jsonl")
    entries = read(ledger)
    assert not any("was left out" in getattr(entry.event, "message", "") for entry in entries)
    return [entry.event for entry in entries]


@pytest.mark.parametrize("kib", [4, 48])
def test_a_run_that_finds_no_room_does_not_begin(small, perfsmith, repo, optimize, kib):
    state, before = small(kib), things(repo)
    is_full(perfsmith(*optimize(state, 0), state=state))
    assert things(repo) == before


@pytest.mark.parametrize("left", [256 << 10, 0])
def test_a_disk_that_fills_up_in_a_run_ends_it_and_resume_goes_on_once_there_is_room(
    small, perfsmith, repo, optimize, tmp_path, left
):
    """An answer that the ledger had room for is not asked for again."""
    state, before = small(64 << 10), things(repo)
    is_full(perfsmith(*optimize(state, left), state=state))
    known = ledger_of(state)
    answered = any(event.kind == "reply_received" for event in known)
    assert answered or not left
    is_full(perfsmith("runs", "resume", "--json", "--quiet", state=state))
    assert ledger_of(state)[: len(known)] == known
    assert list((state / "perfsmith/trees").glob("*")) == []
    (state / "filler").unlink()
    (tmp_path / "model.py").write_text(MODEL.replace("write_bytes", "exists() or bytes"))
    done = perfsmith("runs", "resume", "--json", "--quiet", state=state)
    assert done.code == 0, done.err
    assert (tmp_path / "calls").read_text().count("asked") == (1 if answered else 2)
    events = ledger_of(state)
    assert events[-1].ending == "done"
    (verdict,) = [event.verdict for event in events if event.kind == "candidate_judged"]
    assert verdict.outcome == "rejected"
    assert things(repo) == before
