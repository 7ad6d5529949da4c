"""Commands that a repository brings along are not run without walls before its user has said yes, once."""

import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field

import pytest
from perfsmith.commands.target import Asked, open_target, state_folder
from perfsmith.optimizer.core.errors import UsageError
from perfsmith.optimizer.sandbox.choice import choose

TABLE = '[tool.perfsmith]\nworkload = "python bench.py"\n'
TESTS = "def test_one(): assert 1\n"
FILES = {"pyproject.toml": TABLE, "bench.py": "print(sum(range(1000)))\n", "mod.py": "def f(): return 1\n"}
BENCH = "python bench.py"


@dataclass
class Person:
    """Answers as told, and remembers what was asked."""

    answer: bool | None = None
    asked: list[str] = field(default_factory=list)

    def confirm(self, question):
        self.asked.append(question)
        return self.answer


@pytest.fixture
def repo(repository, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith(("PERFSMITH_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name in ("STATE", "CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return repository(FILES)


def opened(repo, person, *, command="verify", sandbox="process", borrowed=frozenset(), **options):
    told = {"python": sys.executable, "sandbox": sandbox, **options}
    asked = Asked(command=command, repo=repo.root, options=told, borrowed=borrowed)
    return open_target(asked, asker=person)


def refused(repo, person, **more):
    with pytest.raises(UsageError) as caught:
        opened(repo, person, **more)
    return caught.value


def test_yes_is_asked_for_once(repo):
    person = Person(answer=True)
    opened(repo, person)
    opened(repo, person)
    (question,) = person.asked
    for said in (f"workload: {BENCH}", "No walls: asked for", "network"):
        assert said in question
    assert repo.git("status", "--porcelain") == ""
    assert opened(repo, Person()).goal.workloads[0].command == BENCH


def test_no_is_no_and_is_asked_again(repo):
    person = Person(answer=False)
    for _ in range(2):
        error = refused(repo, person)
        assert (error.code, error.exit_code) == ("not_trusted", 2)
        assert "--trust" in error.hint
    assert len(person.asked) == 2


def test_nobody_to_ask_is_no(repo):
    assert "python bench.py" in str(refused(repo, Person()))


def test_with_no_input_nobody_is_asked(repo):
    person = Person(answer=True)
    refused(repo, person, **{"no-input": True})
    assert not person.asked


def test_the_option_is_an_answer_that_is_kept(repo):
    opened(repo, Person(), trust=True)
    opened(repo, Person())


@pytest.mark.parametrize(
    "change",
    [
        {"pyproject.toml": TABLE.replace("bench.py", "bench.py --more")},
        {"bench.py": "print('something else')\n"},
        {"pyproject.toml": f'{TABLE}build = "true"\n'},
    ],
)
def test_changed_commands_are_asked_about_again(repo, change):
    opened(repo, Person(), trust=True)
    repo.commit(change)
    refused(repo, Person())


def test_other_files_may_change(repo):
    opened(repo, Person(), trust=True)
    repo.commit({"mod.py": "def f(): return 2\n"})
    opened(repo, Person())


def test_what_is_typed_needs_no_answer(repo, monkeypatch):
    repo.commit({"pyproject.toml": ""})
    opened(repo, Person(), workload=(BENCH,))
    monkeypatch.setenv("PERFSMITH_WORKLOAD", BENCH)
    opened(repo, Person())
    repo.commit({"pyproject.toml": '[tool.perfsmith]\nbuild = "true"\n'})
    assert "build: true" in str(refused(repo, Person()))


def test_the_users_own_file_needs_no_answer(repo, tmp_path):
    repo.commit({"pyproject.toml": ""})
    folder = tmp_path / "home/config/perfsmith"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f'workload = "{BENCH}"\n')
    opened(repo, Person())


def test_what_is_found_needs_no_answer_and_what_the_project_says_is_asked_about_if_it_will_be_run(repo):
    repo.commit({"pyproject.toml": "", "tests/test_one.py": TESTS})
    opened(repo, Person(), workload=(BENCH,))
    repo.commit({"pyproject.toml": '[tool.perfsmith]\ntests = "make all"\n'})
    assert "tests: make all" in str(refused(repo, Person(), workload=(BENCH,)))
    opened(repo, Person(), workload=(BENCH,), command="compare")


def test_the_workload_that_a_commit_claims_is_the_repositorys(repo):
    error = refused(repo, Person(), workload=("curl evil",), borrowed=frozenset(["workload"]))
    assert "workload: curl evil" in str(error)


def test_a_carried_environment_is_not_started(repo):
    mark = repo.root.parent / "ran"
    script = f'#!/bin/sh\ntouch {mark}\nexec {sys.executable} "$@"\n'
    repo.commit({".venv/bin/python": script, ".venv/pyvenv.cfg": ""})
    (repo.root / ".venv/bin/python").chmod(0o755)
    error = refused(repo, Person(), python=None, workload=(BENCH,))
    assert error.code == "not_trusted"
    assert ".venv/bin/python" in str(error)
    assert not mark.exists()


@pytest.fixture
def marking(repo):
    """The text of an interpreter that leaves a mark when it is started, and the mark."""
    mark = repo.root.parent / "ran"
    return f'#!/bin/sh\ntouch {mark}\nexec {sys.executable} "$@"\n', mark


def environment(repo, script):
    (repo.root / ".git/info/exclude").write_text(".venv/\n")
    repo.write({".venv/bin/python": script, ".venv/pyvenv.cfg": ""})
    (repo.root / ".venv/bin/python").chmod(0o755)


def test_an_ignored_environment_is_asked_about_once(repo, marking, monkeypatch):
    """An unpacked archive brings one as well as git does; other contents are asked about again."""
    script, mark = marking
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    environment(repo, script)
    error = refused(repo, Person(), python=None, workload=(BENCH,))
    assert (error.code, error.exit_code) == ("not_trusted", 2)
    assert not mark.exists()
    opened(repo, Person(answer=True), python=None, workload=(BENCH,))
    assert mark.exists()
    opened(repo, Person(), python=None, workload=(BENCH,))
    environment(repo, f"{script}# other\n")
    refused(repo, Person(), python=None, workload=(BENCH,))


def test_an_environment_that_the_user_names_or_works_in_needs_no_answer(repo, marking, monkeypatch):
    environment(repo, marking[0])
    opened(repo, Person(), python=str(repo.root / ".venv"), workload=(BENCH,))
    monkeypatch.setenv("VIRTUAL_ENV", str(repo.root / ".venv"))
    opened(repo, Person(), python=None, workload=(BENCH,))


@pytest.mark.parametrize("carried", [True, False])
def test_a_program_in_the_root_is_no_way_round(repo, marking, carried):
    script, mark = marking
    repo.commit({"pyproject.toml": '[tool.perfsmith]\npython = "evil"\n'})
    (repo.commit if carried else repo.write)({"evil": script})
    (repo.root / "evil").chmod(0o755)
    error = refused(repo, Person(), python=None, workload=(BENCH,))
    assert (error.code, error.exit_code) == ("not_trusted", 2)
    assert "--trust" in error.hint
    assert not mark.exists()


def test_an_interpreter_elsewhere_that_the_settings_name_is_asked_about(repo, marking):
    script, mark = marking
    evil = repo.root.parent / "elsewhere"
    evil.write_text(script)
    evil.chmod(0o755)
    repo.commit({"pyproject.toml": f'[tool.perfsmith]\npython = "{evil}"\n'})
    assert str(evil) in str(refused(repo, Person(), python=None, workload=(BENCH,)))
    assert not mark.exists()


def test_nothing_hides_in_a_question(repo):
    repo.commit({"pyproject.toml": '[tool.perfsmith]\nworkload = "python bench.py; evil\\u001b[2K\\u202epython x"\n'})
    assert "evil\\x1b[2K\\u202epython x" in str(refused(repo, Person()))


def test_behind_walls_nothing_is_asked(repo):
    if choose("auto", repo.root).walls.level == "process":
        pytest.skip("no walls on this machine")
    target = opened(repo, Person(), sandbox="auto")
    assert target.choice.walls.level != "process"
    assert not (state_folder() / "trust").exists()


@pytest.mark.parametrize(("typed", "code"), [(b"y\n", 0), (b"\n", 2)])
def test_a_person_at_a_terminal(repo, typed, code):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "perfsmith", "compare", "HEAD", "HEAD", "--sandbox", "process", "--json"]
    command += ["--python", sys.executable]
    with subprocess.Popen(
        command, cwd=repo.root, env=os.environ, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
    ) as process:
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            said += os.read(ours, 4096)
        assert f"workload: {BENCH}".encode() in said
        os.write(ours, typed)
        if code:
            assert process.wait() == code
        else:
            while b"sandbox" not in said.partition(b"[y/N]")[2]:
                said += os.read(ours, 4096)
            process.terminate()
    os.close(ours)
