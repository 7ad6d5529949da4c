"""The loopback server as a fixture."""

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("openai_server", Path(__file__).with_name("openai_server.py"))
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)


@pytest.fixture(scope="session")
def wire():
    """What the server can be told to do."""
    return _MODULE


@pytest.fixture
def server():
    """A server without steps."""
    with _MODULE.serving() as state:
        yield state
