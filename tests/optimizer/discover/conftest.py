"""Fake targets: files in a dict, an interpreter whose facts are written down, environments on disk."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from perfsmith.optimizer.discover.interpreter import Python
from perfsmith.optimizer.discover.tree import tree_of


@dataclass(frozen=True, kw_only=True)
class FakeFacts:
    version: str = "3.12.4"
    executable: str = "/fake/bin/python3"
    prefix: str = "/fake"
    path: tuple[str, ...] = ()


@pytest.fixture
def tree():
    def make(files, folder=""):
        contents = {path: text.encode() for path, text in files.items()}
        return tree_of(contents, contents.__getitem__, folder)

    return make


@pytest.fixture
def root(tmp_path):
    (tmp_path / "repo").mkdir()
    return tmp_path / "repo"


@pytest.fixture
def python(tmp_path):
    """An interpreter that can import what is named: a module, or `name=folder` for one that lies elsewhere."""

    def make(*modules):
        site = tmp_path / "env" / "site-packages"
        site.mkdir(parents=True, exist_ok=True)
        path = [str(site)]
        for module in modules:
            name, _, folder = module.partition("=")
            if folder:
                (Path(folder) / name).mkdir(parents=True, exist_ok=True)
                path.append(folder)
            else:
                (site / f"{name}.py").touch()
        return Python(path=Path("/fake/bin/python3"), facts=FakeFacts(path=tuple(path)))

    return make


@pytest.fixture
def environment():
    """A folder that looks like a virtual environment whose interpreter exists."""

    def make(folder, *, dangling=False):
        (folder / "bin").mkdir(parents=True)
        (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
        target = folder / "gone" if dangling else folder / "bin" / "real"
        if not dangling:
            target.write_text("#!/bin/sh\n")
            target.chmod(0o755)
        (folder / "bin" / "python").symlink_to(target)
        return folder

    return make


@pytest.fixture
def ask():
    """Every interpreter starts; its prefix is the folder above `bin`."""

    def answer(path):
        return FakeFacts(prefix=str(path.parent.parent), executable=str(path))

    return answer
