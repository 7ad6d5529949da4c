"""The rules' reference page is what the rules say."""

import runpy
from pathlib import Path

from perfsmith.optimizer.core import plugins

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date():
    document = runpy.run_path(str(ROOT / "benchmarks" / "rules" / "document.py"))["document"]
    page = (ROOT / "docs" / "reference" / "rules.md").read_text("utf-8")
    assert document() == page, "run: python benchmarks/rules/document.py > docs/reference/rules.md"


def test_every_rule_is_counted_and_fires_somewhere():
    rows = (ROOT / "benchmarks" / "rules" / "README.md").read_text("utf-8").splitlines()
    counts = {row.split("|")[1].strip(" `"): row.split("|")[2:-1] for row in rows if row.startswith("| `")}
    for name in plugins.names("agents.rules"):
        assert sum(int(count) for count in counts[name]) > 0, name
