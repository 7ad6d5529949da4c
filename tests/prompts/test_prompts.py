"""Templates and their holes."""

import re
from importlib.resources import files

import pytest
from perfsmith.optimizer.core.errors import PerfsmithError
from perfsmith.prompts import render, template_sha

HOLES = {
    "optimise": {"facts", "workload", "path", "name", "around", "unit", "hint"},
    "repair": {"reason", "message", "evidence", "advice", "name"},
}


@pytest.mark.parametrize("name", sorted(HOLES))
def test_every_hole_is_filled_once_and_contents_are_left_alone(name):
    holes = {hole: f"<{hole} {{{{path}}}} {{{{nothing}}}} \\1>" for hole in HOLES[name]}
    text = render(name, **holes)
    for hole, content in holes.items():
        assert content in text, hole
    assert re.sub(r"<[a-z]+ \{\{path\}\} \{\{nothing\}\} \\1>", "", text).count("{{") == 0


def test_a_hole_that_is_missing_or_too_many_is_an_error():
    holes = dict.fromkeys(HOLES["repair"], "x")
    with pytest.raises(PerfsmithError, match=r"missing \[\], not in it \['more'\]"):
        render("repair", **holes, more="y")
    del holes["advice"]
    with pytest.raises(PerfsmithError, match=r"missing \['advice'\]"):
        render("repair", **holes)


def test_an_unknown_template():
    with pytest.raises(PerfsmithError, match="no prompt template 'other'"):
        render("other")


def test_a_template_is_known_by_its_hash():
    shas = {template_sha(name) for name in HOLES}
    assert len(shas) == 2
    assert all(re.fullmatch("[0-9a-f]{12}", sha) for sha in shas)


def test_there_is_no_template_without_a_test():
    found = {
        entry.name.removesuffix(".md") for entry in files("perfsmith.prompts").iterdir() if entry.name.endswith(".md")
    }
    assert found == set(HOLES)


def test_the_rules_and_the_example_come_before_everything_that_varies():
    text = files("perfsmith.prompts").joinpath("optimise.md").read_text(encoding="utf-8")
    order = re.findall(r"\{\{(\w+)\}\}|^# (\w+)", text, re.MULTILINE)
    found = " ".join(hole or title for hole, title in order)
    assert found == "Rules Answer Example This facts What workload The path around name unit hint"


def test_the_worked_example_is_an_answer_that_can_be_read_and_does_the_same():
    from perfsmith.agents.edits import read_reply
    from perfsmith.optimizer.languages.python import units

    text = files("perfsmith.prompts").joinpath("optimise.md").read_text(encoding="utf-8")
    example = text.partition("# Example")[2].partition("# This project")[0]
    old, _, answer = example.partition("An answer:")
    file = re.search(r"```python\n(.*?)```", old, re.DOTALL)[1].encode()
    after = read_reply(answer, file, units("a.py", file)[0]).after
    before_space, after_space = {}, {}
    exec(file, before_space)
    exec(after, after_space)
    rows = [{"price": 3, "name": "c"}, {"price": 1, "name": "a"}, {"price": 3, "name": "b"}]
    expected = before_space["names_by_price"](rows)
    assert after_space["names_by_price"](rows) == expected == ["a", "c", "b"]
