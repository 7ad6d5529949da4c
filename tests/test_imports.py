"""Nothing talks to a network while it is imported, litellm and what it brings along included."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("agents", "commands", "optimizer", "profilers", "prompts")
MODULES = [
    ".".join(("perfsmith", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in sorted((*ROOT.glob("cli.py"), *(found for part in PARTS for found in (ROOT / part).rglob("*.py"))))
    if "harness" not in path.parts
]
WATCH = """
import importlib, sys
asked = []
def refuse(event, given):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.send")):
        asked.append((event, str(given)))
        raise OSError("no network")
sys.addaudithook(refuse)
{code}
print(asked)
"""


def contacts(code):
    """What was asked of the network; the hook is told of connections, questions for names, and packets."""
    done = subprocess.run([sys.executable, "-c", WATCH.format(code=code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_the_watch_sees_what_it_is_for():
    code = (
        "import socket, contextlib\nwith contextlib.suppress(OSError): socket.create_connection(('192.0.2.1', 80), 1)"
    )
    assert "192.0.2.1" in contacts(code)


def test_every_module_is_imported_without_a_network():
    assert len(MODULES) > 150
    assert contacts(f"for name in {MODULES}: importlib.import_module(name)") == "[]"


@pytest.mark.skipif(importlib.util.find_spec("litellm") is None, reason="litellm is not installed")
def test_litellm_is_loaded_without_a_network():
    assert contacts("from perfsmith.agents.models import litellm\nlitellm._library()") == "[]"
