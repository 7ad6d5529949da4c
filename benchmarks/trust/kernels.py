"""The repository that trust is measured on: kernels whose work can be made less by any share, and other workloads.

Each kernel does STEPS equal steps per call, and what it returns does not depend on them: a candidate that does fewer
is a speedup whose true size is known from the work that is left out and the start of the process that is not.
"""

import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

STEPS = 2000

BODIES = {
    "arithmetic": "value = (value * 31 + step) % 1000003",
    "text": "value = len(f'{step}:{value % 97}'.replace(':', '-').split('-'))",
    "mapping": "table[step % 64] = table.get((step * 7) % 64, 0) + 1",
    "objects": "pairs.append((step, [value])); pairs = pairs[-8:]",
    "sorting": "value = sorted((step % 7, step % 5, step % 3, value % 11))[0]",
}

KERNEL = """STEPS = {steps}


def work(seed):
    value, table, pairs = seed, {{}}, []
    for step in range(STEPS):
        {body}
    return seed
"""

RUN = """import importlib
import sys

work = importlib.import_module(f"kernels.{sys.argv[1]}").work
for seed in range(int(sys.argv[2])):
    work(seed)
print("done")
"""

OTHERS = {
    "waiting": """import time

from kernels.amount import AMOUNT

time.sleep(0.15 * AMOUNT / 1000)
print("done")
""",
    "files": """import os
import tempfile

from kernels.amount import AMOUNT

block = os.urandom(1 << 16)
with tempfile.NamedTemporaryFile() as file:
    for number in range(AMOUNT * 4):
        file.write(block)
        if number % 50 == 49:
            file.flush()
            file.seek(0)
            while file.read(1 << 16):
                pass
            file.seek(0)
print("done")
""",
    "threads": """import hashlib
import threading

from kernels.amount import AMOUNT

block = bytes(1 << 20)


def digest():
    for _ in range(AMOUNT // 8):
        hashlib.sha256(block).digest()


both = [threading.Thread(target=digest) for _ in range(2)]
for one in both:
    one.start()
for one in both:
    one.join()
print("done")
""",
    "children": """import subprocess
import sys

from kernels.amount import AMOUNT

code = f"import runpy, sys; sys.argv = ['run.py', 'arithmetic', '{AMOUNT}']; runpy.run_path('run.py')"
subprocess.run([sys.executable, "-c", code], check=True)
print("done")
""",
    "import": """import kernels.amount
import kernels.heavy

print("done")
""",
    "memory": """from kernels.amount import AMOUNT

size = 1 << 21
cells = list(range(size))
total, place = 0, 1
for _ in range(AMOUNT * 600):
    place = (place * 1103515245 + 12345) % size
    total += cells[place]
print("done")
""",
}
"""Workloads of other kinds; each does AMOUNT thousandths of its work."""

HEAVY = """from kernels.amount import AMOUNT
from kernels.arithmetic import work

TABLE = [work(seed) for seed in range(AMOUNT)]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One workload of the repository and the line of it that a planted gain changes."""

    name: str
    command: str
    path: str
    line: str
    whole: int
    """The number on that line."""


def kernel_case(kernel: str, repeats: int) -> Case:
    """A kernel as a command that calls it so many times."""
    return Case(
        name=f"{kernel}-{repeats}",
        command=f"python run.py {kernel} {repeats}",
        path=f"kernels/{kernel}.py",
        line="STEPS",
        whole=STEPS,
    )


def other_case(kind: str) -> Case:
    """A workload that waits, reads files, uses threads and so on."""
    return Case(name=kind, command=f"python {kind}.py", path="kernels/amount.py", line="AMOUNT", whole=1000)


def make_repository(root: Path) -> None:
    """A git repository with all kernels; nothing is done where it exists."""
    if (root / ".git").is_dir():
        return
    files = {f"kernels/{name}.py": KERNEL.format(steps=STEPS, body=body) for name, body in BODIES.items()}
    files |= {f"{name}.py": text for name, text in OTHERS.items()}
    files |= {"kernels/__init__.py": "", "kernels/amount.py": "AMOUNT = 1000\n", "kernels/heavy.py": HEAVY}
    files |= {"run.py": RUN, "pyproject.toml": '[project]\nname = "kernels"\nversion = "1"\n'}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "kernels"]):
        subprocess.run(["git", *command], cwd=root, check=True)


def make_interpreter(folder: Path) -> Path:
    """A Python with nothing installed, the same for every method: what is installed elsewhere costs every start."""
    if not folder.is_dir():
        venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


def changed(case: Case, text: bytes, amount: int) -> bytes:
    """The file with another amount of work; the same amount gets a comment, so that it is a change at all."""
    old = f"{case.line} = {case.whole}\n".encode()
    assert old in text, f"{case.path} has no line {old!r}"
    note = b"# the same\n" if amount == case.whole else b""
    return text.replace(old, note + f"{case.line} = {amount}\n".encode())
