"""Workers that are talked to: answers, deadlines, ends, and whose time counts, behind each level of walls."""

import os
import sys
import textwrap
from pathlib import Path

import pytest
from perfsmith.optimizer.core.errors import SandboxError
from perfsmith.optimizer.core.ports import Job
from perfsmith.optimizer.sandbox.trees import plain

ECHO = """
    import sys
    print(sys.stdin.readline().strip(), flush=True)
    for line in sys.stdin:
"""
SPIN = "end = time.process_time() + 0.12\nwhile time.process_time() < end: pass"


@pytest.fixture
def tree(repository, base_of, walls):
    with base_of(repository({"a.txt": "x"}), walls).fork() as tree:
        yield tree


def worker(body):
    """A job whose worker greets and then does `body` for each `line`."""
    code = textwrap.dedent(ECHO) + textwrap.indent(textwrap.dedent(body), "    ")
    return Job(command=("python", "-c", code), timeout=1.0)


def talk(tree, body):
    """What one question after the greeting was answered, and the conversation's own account."""
    with tree.converse(worker(body)) as conversation:
        hello = conversation.ask(b"hello", 20)
        assert (hello.line, hello.state) == (b"hello", "said")
        return conversation.ask(b"go", 20)


def test_questions_and_answers(tree):
    with tree.converse(worker("print(line.strip()[::-1], flush=True)")) as conversation:
        answers = [conversation.ask(text, 20) for text in (b"hello", b"abc", b"xyz")]
        assert [answer.line for answer in answers] == [b"hello", b"cba", b"zyx"]
        assert conversation.peak() > 1 << 20
    assert all(answer.spent.wall > 0 for answer in answers)
    assert [answer.spent.children for answer in answers] == [0, 0, 0]


def test_time_is_that_of_the_worker_and_not_of_its_waiting(tree):
    idle = talk(tree, "import time; time.sleep(0.2); print(flush=True)").spent
    busy = talk(tree, f"import time\n{SPIN}\nprint(flush=True)").spent
    assert idle.wall > 0.1
    assert 0 < idle.cpu < 0.1
    assert busy.cpu >= 0.12
    assert busy.delay >= 0


def test_threads_count_even_when_they_have_ended(tree):
    body = """
        import threading, time
        def spin():
            end = time.thread_time() + 0.12
            while time.thread_time() < end: pass
        one = threading.Thread(target=spin); one.start(); one.join()
        print(flush=True)
    """
    assert talk(tree, body).spent.cpu >= 0.12


@pytest.mark.parametrize("waits", [True, False], ids=["waited for", "still there"])
def test_children_count(tree, waits):
    body = f"""
        import os, time
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            {SPIN.splitlines()[0]}
            while time.process_time() < end: pass
            os.write(writing, b".")
            {"os._exit(0)" if waits else "time.sleep(60)"}
        os.read(reading, 1)
        {"os.waitpid(pid, 0)" if waits else "pass"}
        print(flush=True)
    """
    spent = talk(tree, body).spent
    assert spent.cpu >= 0.1
    assert spent.children == 1


def test_what_is_done_after_an_answer_is_charged_to_the_next_one(tree):
    body = f"import time\nprint(flush=True)\n{SPIN}"
    with tree.converse(worker(body)) as conversation:
        for _ in range(2):
            conversation.ask(b"hello", 20)
        later = [conversation.ask(b"go", 20).spent.cpu for _ in range(2)]
    assert max(later) >= 0.1


def test_a_clock_that_the_worker_bends_is_not_ours(tree):
    body = f"import time\n{SPIN}\ntime.process_time = time.monotonic = lambda: 0.0\nprint(flush=True)"
    assert talk(tree, body).spent.cpu >= 0.12


def test_a_worker_that_is_late_or_gone(tree):
    with tree.converse(worker("import time; time.sleep(60)")) as conversation:
        conversation.ask(b"hello", 20)
        assert conversation.ask(b"go", 0.1).state == "late"
    with tree.converse(worker("sys.stderr.write('last words'); sys.exit(3)")) as conversation:
        conversation.ask(b"hello", 20)
        assert conversation.ask(b"go", 20).state == "ended"
        assert conversation.ask(b"more", 20).state == "ended"
        assert conversation.last_words() == "last words"


def test_a_flood_ends_the_conversation(tree):
    job = worker("print('x' * (1 << 20), flush=True)")
    small = Job(command=job.command, timeout=1.0, output_limit=1 << 16)
    with tree.converse(small) as conversation:
        conversation.ask(b"hello", 20)
        with pytest.raises(SandboxError, match="more than 65536 bytes"):
            conversation.ask(b"go", 20)


def test_nothing_of_a_worker_outlives_the_block(tree):
    body = """
        import os, signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
            while True: signal.pause()
        print(flush=True)
    """
    with tree.converse(worker(body)) as conversation:
        conversation.ask(b"hello", 20)
        conversation.ask(b"go", 20)
        ours = [pid for pid in descendants() if pid != os.getpid()]
        assert ours
    assert [pid for pid in ours if Path(f"/proc/{pid}").exists()] == []


def descendants():
    """Living processes below ours."""
    found = [os.getpid()]
    for pid in found:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                fields = (entry / "stat").read_text().rpartition(")")[2].split() if (entry / "stat").exists() else []
                if fields and fields[0] not in "ZX" and int(fields[1]) == pid:
                    found.append(int(entry.name))
    return found


def test_a_plain_folder_needs_neither_git_nor_walls(tmp_path):
    (tmp_path / "kernel.py").write_text("X = 7\n")
    tree = plain(tmp_path, Path(sys.executable))
    done = tree.run(Job(command="python -c 'import kernel; print(kernel.X)'", timeout=20))
    assert done.stdout == b"7\n"
    with tree.converse(worker("import kernel; print(kernel.X, flush=True)")) as conversation:
        conversation.ask(b"hello", 20)
        assert conversation.ask(b"go", 20).line == b"7"
