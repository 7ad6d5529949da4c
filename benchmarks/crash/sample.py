"""What is killed: a small repository with a user's unfinished work in it, and a model that says the same each time."""

import subprocess
from pathlib import Path

FILES = {
    "src/words.py": '''"""Counts and joins words."""


def first_seen(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    return seen


def ranked(words):
    counts = []
    for word in sorted(set(words)):
        counts.append((words.count(word), word))
    return sorted(counts)
''',
    "check.py": """import sys

sys.path.insert(0, "src")
from words import first_seen, ranked

assert first_seen(["b", "a", "b"]) == ["b", "a"]
assert ranked(["b", "a", "b"]) == [(1, "a"), (2, "b")]
""",
    "bench.py": """import sys

sys.path.insert(0, "src")
from words import first_seen, ranked

words = [f"word{number * 7919 % 1500}" for number in range(3000)]
print(len(first_seen(words)), ranked(words)[0])
""",
    "notes.txt": "one\n",
}
MODEL = """import hashlib
import random
import sys
import time

prompt = sys.stdin.read()
with open(sys.argv[1], "a") as log:
    log.write(hashlib.sha256(prompt.encode("utf-8", "surrogateescape")).hexdigest() + "\\n")
time.sleep(random.random() * 0.3)
if "def first_seen" not in prompt:
    print("why: count once")
    print("```python")
    print("def ranked(words):")
    print("    counts = {}")
    print("    for word in words:")
    print("        counts[word] = counts.get(word, 0) + 1")
    print("    return sorted((count, word) for word, count in counts.items())")
    print("```")
elif "[assistant]" not in prompt:
    print("I would keep the words in a set.")
else:
    print("why: a dict keeps the order")
    print("```python")
    print("def first_seen(words):")
    print("    return list(dict.fromkeys(words))")
    print("```")
"""
_WHO = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")


def make(folder: Path) -> Path:
    """The repository: two commits, a stash, a staged, a changed and a new file."""
    root = folder / "repo"
    root.mkdir(parents=True)
    run(root, "init", "--quiet", "--initial-branch=main", ".")
    for name, text in FILES.items():
        write(root / name, text)
    run(root, "add", "--all")
    run(root, *_WHO, "commit", "--quiet", "--message=one")
    write(root / "notes.txt", "stashed\n")
    run(root, *_WHO, "stash", "push", "--quiet")
    write(root / "staged.txt", "staged\n")
    run(root, "add", "staged.txt")
    write(root / "notes.txt", "changed\n")
    write(root / "new.txt", "new\n")
    (folder / "model.py").write_text(MODEL, "utf-8")
    return root


def write(path: Path, text: str) -> None:
    """A file with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def run(root: Path, *arguments: str) -> str:
    """What git says, without touching the index."""
    command = ("git", "--no-optional-locks", "-C", str(root), *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
