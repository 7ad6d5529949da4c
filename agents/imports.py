"""Import statements taken apart into single names, so that two lists of them can be merged."""

from collections.abc import Iterable
from dataclasses import dataclass

from tree_sitter import Node

IMPORTS = frozenset({"import_statement", "import_from_statement", "future_import_statement"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One name that an import statement binds."""

    module: str
    """What stands after `from`; empty for a plain import."""
    name: str
    alias: str = ""

    @property
    def bound(self) -> str:
        """The name that is usable afterwards; `*` for a star import."""
        return self.alias or (self.name if self.module else self.name.partition(".")[0])

    @property
    def plain(self) -> bool:
        """`import a.b`: several of them may bind the same package."""
        return not self.module and not self.alias

    @property
    def future(self) -> bool:
        """Whether it switches a feature of the language on."""
        return self.module == "__future__"


def imported(node: Node) -> tuple[Imported, ...]:
    """The names that one import statement binds."""
    module = "__future__" if node.type.startswith("future") else _squeezed(node.child_by_field_name("module_name"))
    if any(child.type == "wildcard_import" for child in node.named_children):
        return (Imported(module=module, name="*"),)
    return tuple(_imported(module, child) for child in node.children_by_field_name("name"))


def statements(names: Iterable[Imported]) -> tuple[str, ...]:
    """One statement per module, in the order given, without duplicates."""
    modules: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        text = f"{name.name} as {name.alias}" if name.alias else name.name
        modules.setdefault(name.module or f"import {text}", []).append(text)
    return tuple(
        module if module.startswith("import ") else f"from {module} import {', '.join(texts)}"
        for module, texts in modules.items()
    )


def _imported(module: str, node: Node) -> Imported:
    if node.type != "aliased_import":
        return Imported(module=module, name=_squeezed(node))
    name, alias = _squeezed(node.child_by_field_name("name")), _squeezed(node.child_by_field_name("alias"))
    return Imported(module=module, name=name, alias=alias)


def _squeezed(node: Node | None) -> str:
    """Its text without white space: a dotted name may be spaced."""
    return "".join((node.text or b"").decode("utf-8", "replace").split()) if node is not None else ""
