"""Which attributes may be assigned from outside, as the source says it."""

import ast

import pytest
from perfsmith.optimizer.verify.inputs.attributes import attributes


def names(source):
    return {name: [one.name for one in found] for name, found in attributes(ast.parse(source)).items()}


def test_fields_and_what_the_constructor_assigns_are_found_with_their_literals():
    source = """
@dataclass
class Line:
    price: float
    count: int = 3
    unit: ClassVar[str] = "kg"
    _kept: int = 0

class Cart:
    def __init__(self, lines):
        self.lines, self._total = lines, None
        self.open: bool = True
        self._kept = {}
"""
    assert names(source) == {"Line": ["price", "count"], "Cart": ["lines", "open"]}
    line, cart = attributes(ast.parse(source)).values()
    assert [one.first.value if one.first else None for one in (*line, *cart)] == [None, 3, None, True]


def test_what_a_class_of_the_same_file_has_is_inherited_and_what_is_a_method_is_none():
    source = """
class Shape:
    def __init__(self):
        self.size = 1
        self.name = ""

class Square(Shape):
    class Corner:
        x: int

    @property
    def name(self):
        return "square"
"""
    assert names(source) == {"Shape": ["size", "name"], "Square": ["size"], "Square.Corner": ["x"]}


@pytest.mark.parametrize(
    "head",
    [
        "@dataclass(frozen=True)\nclass A:",
        "@attrs.frozen\nclass A:",
        "class A(typing.NamedTuple):",
        "class A(Enum):",
        "class A:\n    def __setattr__(self, name, value): ...",
    ],
)
def test_objects_that_do_not_let_themselves_be_changed_have_none(head):
    assert names(f"{head}\n    x: int = 1\n") == {}
