"""Puts the parts together: from a checkout and an interpreter to the base that candidates are compared with."""

from pathlib import Path

from ..core.values import Repo
from .checkout import Checkout, identity, large_files, not_carried
from .exposure import NOTHING, Outside, exposed, secrets_in
from .installations import prefixes
from .laying import Laying
from .private import open_private
from .sharing import share_out
from .trees import HARNESS, PrivateBase, Surroundings
from .walls import Walls


def open_base(
    checkout: Checkout,
    *,
    repo: Repo,
    walls: Walls,
    state: Path,
    build: str = "",
    outside: Outside = NOTHING,
    laying: Laying | None = None,
) -> PrivateBase:
    """The base at `repo.revision`; `outside` is what commands need to see beside the tree and the interpreter.

    `laying` is that of another base of the same repository, which has trees that can be used again.

    Raises `SandboxError` when the private repository cannot be made.
    """
    private = open_private(checkout, state)
    root = checkout.root
    installed = (*prefixes(repo.python, walls.hidden), HARNESS)
    more = exposed(outside, root, walls.hidden)
    around = Surroundings(
        root=root,
        python=repo.python,
        build=build,
        walls=walls,
        carried=share_out(root, _carried(root, repo.python), walls),
        large=large_files(checkout),
        exposed=tuple(path for path in dict.fromkeys((*installed, *more)) if not path.is_relative_to(root)),
        shut=secrets_in(more, installed, outside, root, walls.hidden),
    )
    return PrivateBase(
        repo=repo,
        private=private,
        surroundings=around,
        laying=laying or Laying(private=private, state=state, again={"ends", "writes"} <= walls.promises),
        revision=repo.revision,
        tree=private.tree(repo.revision),
        who=identity(root),
    )


def _carried(root: Path, python: Path) -> tuple[str, ...]:
    """What git does not carry, and the interpreter's own environment even where it is not ignored."""
    names = not_carried(root)
    environment = python.parent.parent
    if _inside(environment, root) and environment != root:
        name = environment.relative_to(root).as_posix()
        if not any(name == other or name.startswith(f"{other}/") for other in names):
            return (*names, name)
    return names


def _inside(path: Path, root: Path) -> bool:
    return path == root or root in path.parents
