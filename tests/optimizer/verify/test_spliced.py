"""Texts are made of pieces of texts that were met."""

import re
from itertools import islice

import pytest
from perfsmith.optimizer.core.recording import Call
from perfsmith.optimizer.verify.inputs.described import read_described
from perfsmith.optimizer.verify.inputs.spliced import spliced
from perfsmith.optimizer.verify.inputs.words import Words


def plain(tag, value=None, items=(), names=(), about=""):
    return {"t": tag, "v": value, "i": list(items), "n": list(names), "a": about}


def described(tag, *texts):
    calls = [
        Call(id=f"c{number}", label="mod.py::f", module="mod", parts=("f",), kind="call", pickle="")
        for number, _ in enumerate(texts)
    ]
    lines = [{"of": "mod:f", "parameters": [["text", "POSITIONAL_OR_KEYWORD", None, None]]}]
    for call, text in zip(calls, texts, strict=True):
        lines.append({"id": call.id, "trees": [plain("call", None, [plain(tag, text)], [""])]})
    return read_described(lines, calls)


def texts_of(known, count=180, start=1, words=()):
    return [tree.items[0].value for _, tree in islice(spliced(known.given, known, Words(texts=words), start), count)]


@pytest.mark.parametrize("start", range(5))
def test_what_stood_apart_is_nested_joined_and_repeated(start):
    found = texts_of(described("str", "a (b) c", "[d] e", "f"), start=start)
    assert any(re.search(r"\([^)]*\[|\[[^]]*\(", text) for text in found), "one opened inside another"
    assert any("a" in text and "e" in text for text in found), "joined"
    assert any(text.count("b") > 1 for text in found), "repeated"


def test_words_of_the_code_are_pieces_too_and_the_same_start_gives_the_same_texts():
    known = described("str", "x: 1", "y: 2; z")
    assert any("strict" in text for text in texts_of(known, words=("strict",)))
    assert texts_of(known) == texts_of(known) != texts_of(known, start=2)


def test_bytes_stay_bytes_and_what_has_no_parts_is_left_alone():
    known = described("bytes", "a=1&b\xff", "c;d")
    found = [tree.items[0] for _, tree in islice(spliced(known.given, known, Words(texts=("\u20ac",)), 1), 100)]
    assert {one.tag for one in found} == {"bytes"}
    assert all(ord(letter) < 256 for one in found for letter in one.value)
    assert texts_of(described("str", "one", "two")) == []
    assert texts_of(described("str", "", "")) == []
