"""What all tests share: golden files, compared, or rewritten with `pytest --update-golden`."""

from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden; then review the diff")


@pytest.fixture
def golden(request):
    """Compares text with the golden file of a name."""

    def compare(name, text):
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{name} differs; rewrite with: pytest --update-golden"

    return compare
