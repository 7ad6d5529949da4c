import pytest
from perfsmith.optimizer.core.errors import TargetError, UsageError
from perfsmith.optimizer.discover.source import editable, find_source, generated


def files(*paths, **texts):
    return dict.fromkeys(paths, "x = 1\n") | texts


def project(text, *paths):
    return files(*paths) | {"pyproject.toml": text}


LAYOUTS = {
    "setuptools list": (
        project("[tool.setuptools]\npackages = ['one', 'one.sub', 'two']\n", "one/a.py", "one/sub/b.py", "two/c.py"),
        ("one", "two"),
    ),
    "setuptools package-dir": (
        project("[tool.setuptools]\npackages = ['one']\npackage-dir = {'' = 'lib'}\n", "lib/one/a.py", "lib/rest/b.py"),
        ("lib/one",),
    ),
    "setuptools find": (
        project("[tool.setuptools.packages.find]\nwhere = ['python']\n", "python/one/__init__.py", "other/__init__.py"),
        ("python/one",),
    ),
    "setuptools modules": (project("[tool.setuptools]\npy-modules = ['one']\n", "one.py", "two.py"), ("one.py",)),
    "the root is the package": (
        project(
            "[tool.setuptools]\npackages = ['me', 'me.sub']\npackage-dir = {me = '.'}\n", "__init__.py", "sub/a.py"
        ),
        (".",),
    ),
    "setup.cfg": (
        files("src/one/__init__.py", "src/two.py")
        | {
            "setup.cfg": "[options]\npackages = find:\npackage_dir =\n    = src\n[options.packages.find]\nwhere = src\n"
        },
        ("src/one",),
    ),
    "setup.py": (
        files("source/one/__init__.py")
        | {"setup.py": "setup(packages=find_packages('source'), package_dir={'': 'source'})\n"},
        ("source/one",),
    ),
    "setup.py modules": (
        files("one.py", "two.py") | {"setup.py": "import setuptools\nsetuptools.setup(py_modules=['two'])\n"},
        ("two.py",),
    ),
    "hatch": (
        project("[tool.hatch.build.targets.wheel]\npackages = ['code/one']\n", "code/one/a.py", "x/a.py"),
        ("code/one",),
    ),
    "poetry": (
        project("[tool.poetry]\nname='x'\npackages = [{include = 'one', from = 'py'}]\n", "py/one/a.py", "x/a.py"),
        ("py/one",),
    ),
    "flit": (project("[tool.flit.module]\nname = 'one'\n", "one.py", "x.py"), ("one.py",)),
    "uv": (project("[tool.uv.build-backend]\nmodule-name = 'one'\n", "src/one/a.py", "src/x/a.py"), ("src/one",)),
    "maturin": (
        project("[tool.maturin]\npython-source = 'py'\nmodule-name = 'one._core'\n", "py/one/a.py", "x.py"),
        ("py/one",),
    ),
    "named like the project": (
        project("[project]\nname = 'My-Tool'\n", "my_tool/__init__.py", "extra/__init__.py"),
        ("my_tool",),
    ),
    "named in src": (project("[project]\nname = 'tool'\n", "src/tool/__init__.py", "src/x/__init__.py"), ("src/tool",)),
    "module like the project": (project("[project]\nname = 'tool'\n", "tool.py", "x.py"), ("tool.py",)),
    "src": (files("src/one/a.py", "src/two/b.py", "src/one.egg-info/x.py"), ("src/one", "src/one.egg-info", "src/two")),
    "top packages": (
        files("one/__init__.py", "tests/__init__.py", "docs/__init__.py", "benchmarks/__init__.py", "loose.py"),
        ("one",),
    ),
    "loose modules": (files("one.py", "setup.py", "test_one.py", "bench.py", "noxfile.py"), ("one.py",)),
    "a package without configuration": (files("__init__.py", "a.py"), (".",)),
    "declared but not tracked": (
        project("[tool.setuptools]\npackages = ['gone']\n", "here/__init__.py"),
        ("here",),
    ),
}


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "src"])
def test_layouts(tree, layout):
    contents, expected = LAYOUTS[layout]
    found = find_source((), tree(contents))
    assert found.value == expected
    assert found.guess.value == ", ".join(expected)
    assert "source" in found.guess.option


def test_src_without_configuration_leaves_metadata_out(tree):
    assert find_source((), tree(LAYOUTS["src"][0])).value == ("src/one", "src/two")


def test_a_member_of_a_monorepo_is_named_from_the_root(tree):
    member = tree(files("a/one/__init__.py", "a/pyproject.toml"), "a")
    assert find_source((), member).value == ("a/one",)
    assert find_source(("one",), member).value == ("a/one",)
    assert find_source((".",), member).value == ("a",)


def test_configuration_is_taken_as_it_is(tree):
    found = find_source(("./lib/", "mod.py"), tree(files("lib/x.py", "mod.py", "pkg/__init__.py")))
    assert found.value == ("lib", "mod.py")
    assert "set by" in found.guess.how


def test_a_configured_path_that_is_not_tracked_is_refused_with_the_near_one(tree):
    with pytest.raises(UsageError) as caught:
        find_source(("src/pgk",), tree(files("src/pkg/__init__.py")))
    assert caught.value.code == "source_not_found"
    assert caught.value.hint == "did you mean src/pkg?"


@pytest.mark.parametrize("paths", [(), ("README.md",), ("tests/test_x.py", "docs/conf.py", "setup.py")])
def test_no_code_of_its_own(tree, paths):
    with pytest.raises(TargetError) as caught:
        find_source((), tree(files(*paths)))
    assert caught.value.code == "no_source"


@pytest.mark.parametrize(
    "path",
    ["src/pkg/a.py", "src/pkg/deep/er/b.py", "src/pkg/testing.py", "src/pkg/contest.py", "src/pkg/latest/x.py"],
)
def test_own_code_may_be_edited(path):
    assert editable(path, ("src/pkg",))


@pytest.mark.parametrize(
    "path",
    [
        "src/pkg2/a.py",
        "src/pk/a.py",
        "a.py",
        "src/pkg/a.pyx",
        "src/pkg/a.txt",
        "src/pkg/tests/a.py",
        "src/pkg/test_a.py",
        "src/pkg/a_test.py",
        "src/pkg/conftest.py",
        "src/pkg/sitecustomize.py",
        "src/pkg/benchmarks/a.py",
        "src/pkg/bench_a.py",
        "src/pkg/_vendor/x/a.py",
        "src/pkg/third_party/a.py",
        "src/pkg/migrations/0001_initial.py",
        "src/pkg/a_pb2.py",
        "src/pkg/_version.py",
        "src/pkg/.hidden/a.py",
        "src/pkg/../../a.py",
        "src/pkg/./a.py",
        "src/pkg//a.py",
        "/src/pkg/a.py",
        "src\\pkg\\a.py",
        "src/pkg/",
        "",
    ],
)
def test_everything_else_may_not(path):
    assert not editable(path, ("src/pkg",))


def test_the_whole_tree_as_source_still_keeps_out_what_is_not_code():
    assert editable("a.py", (".",))
    assert editable("pkg/a.py", ("",))
    assert not editable("tests/helper.py", (".",))
    assert not editable("setup.py", (".",))
    assert not editable("../a.py", (".",))


def test_a_source_that_was_told_may_lie_where_we_would_not_look():
    assert editable("vendor/mine/a.py", ("vendor/mine",))
    assert editable("examples/app.py", ("examples/app.py",))
    assert not editable("examples/other.py", ("examples/app.py",))


@pytest.mark.parametrize(
    ("glob", "path", "out"),
    [
        ("**/_speedups/**", "pkg/_speedups/a.py", True),
        ("**/_speedups/**", "_speedups/a.py", True),
        ("**/_speedups/**", "pkg/speedups/a.py", False),
        ("pkg/*.py", "pkg/a.py", True),
        ("pkg/*.py", "pkg/sub/a.py", False),
        ("pkg/**", "pkg/sub/a.py", True),
        ("pkg/sub", "pkg/sub/a.py", True),
        ("pkg/sub/", "pkg/sub/a.py", True),
        ("sub", "pkg/sub/a.py", True),
        ("gen_*.py", "pkg/gen_a.py", True),
        ("gen_?.py", "pkg/gen_ab.py", False),
        ("a.py", "pkg/aXpy.py", False),
        ("pkg/**/a.py", "pkg/a.py", True),
        ("pkg/**/a.py", "pkg/x/y/a.py", True),
    ],
)
def test_excluded_globs(glob, path, out):
    assert editable(path, (".",)) or out
    assert editable(path, (".",), (glob,)) is not out


@pytest.mark.parametrize(
    ("content", "is_generated"),
    [
        (b"# Generated by the protocol buffer compiler.  DO NOT EDIT!\n", True),
        (b"# -*- coding: utf-8 -*-\n# @generated\n", True),
        (b"# file generated by setuptools-scm\n# don't change, don't track in version control\n", True),
        (b"# This file is autogenerated\n", True),
        (b'"""Events generated by the parser."""\n', False),
        (b"# Ids are generated by the caller.\n", False),
        (b"x = 1\n" * 20 + b"# DO NOT EDIT\n", False),
        (b"", False),
    ],
)
def test_generated_files_say_so_at_the_top(content, is_generated):
    assert generated(content) is is_generated
