"""From what was typed to an opened target: settings, checkout, walls, interpreter, tests, workload, base."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..optimizer.core.errors import TargetError, UsageError
from ..optimizer.core.goal import Conditions, Goal
from ..optimizer.core.ports import Asker
from ..optimizer.core.values import Guess, Repo, Suite, Workload
from ..optimizer.discover.interpreter import Ask, Python, find_python
from ..optimizer.discover.source import find_source
from ..optimizer.discover.tests import find_suite
from ..optimizer.discover.tree import Found, Tree, find_project, tree_of
from ..optimizer.discover.workload import find_workloads, follow_speed
from ..optimizer.languages.python import check_parser
from ..optimizer.sandbox.assemble import open_base
from ..optimizer.sandbox.checkout import Checkout, missing_submodules, open_checkout, resolve
from ..optimizer.sandbox.choice import Choice, choose
from ..optimizer.sandbox.exposure import Outside, import_folders
from ..optimizer.sandbox.installations import prefixes
from ..optimizer.sandbox.interpreter import InterpreterFacts, ask_outside
from ..optimizer.sandbox.private import open_private, repository_key
from ..optimizer.sandbox.trees import PrivateBase, sweep
from ..optimizer.settings import Loaded, Settings, load
from ..optimizer.trust import answers
from .calls import with_calls
from .own import user_file
from .trusting import Terminal, Trust

_BUILT_IN_SEED_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed."""

    command: str
    repo: Path
    options: Mapping[str, object]
    """Settings by key, as given; None is not given."""
    targets: tuple[str, ...] = ()
    base: str = ""
    """A revision; empty for HEAD."""
    borrowed: frozenset[str] = frozenset()
    """Keys of options that were not typed, but found in the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An opened target: everything about it that is known before anything of it has been measured."""

    asked: Asked
    settings: Settings
    warnings: tuple[str, ...]
    checkout: Checkout
    choice: Choice
    state: Path
    python: Python
    tree: Tree
    goal: Goal
    base: PrivateBase
    typed: tuple[str, ...]
    """Commands that are the user's own, not the repository's."""
    guesses: tuple[Guess, ...]


def state_folder() -> Path:
    """Where ledgers, private repositories and trees live: the platform's own place, never the target's."""
    from platformdirs import user_state_path

    return user_state_path("perfsmith", appauthor=False)


def read_settings(asked: Asked, root: Path) -> Loaded:
    """All layers merged; the project's file is the one in the working tree."""
    return load(asked.options, os.environ, project=_project_file(root), user=user_file())


def conditions(settings: Settings) -> Conditions:
    """What a run keeps to, however often it is resumed and wherever from."""
    return Conditions(
        api_base=settings.api_base or os.environ.get("OPENAI_BASE_URL", ""),
        record=str(Path(settings.record).absolute()) if settings.record else "",
        offline=settings.offline,
        show_prompt=settings.show_prompt,
        strength=settings.strength,
        require_gain=settings.require_gain,
    )


def _project_file(root: Path) -> Path:
    return root / "pyproject.toml"


def _bytes(root: Path) -> bytes:
    path = _project_file(root)
    return path.read_bytes() if path.is_file() else b""


def open_target(asked: Asked, revision: Callable[[Path], str] | None = None, asker: Asker | None = None) -> Target:
    """Find out all there is to know. `revision` chooses the base where that is not HEAD or `--base`.

    `asker`, the terminal unless told, is asked about commands of the repository's own where there are no walls.
    """
    check_parser()
    checkout = open_checkout(asked.repo)
    loaded = read_settings(asked, checkout.root)
    settings, state = loaded.settings, state_folder()
    choice = _walls(settings, _own_folders(checkout, state))
    sweep(state)
    head = resolve(checkout.root, asked.base) if asked.base else checkout.head
    head = revision(checkout.root) if revision and not asked.base else head
    project, tree = _tracked(checkout, head, asked.targets)
    trust = _trust(asked, loaded, checkout, choice, asker or Terminal())
    python, suite, workloads = _run_with(loaded, trust, tree, head)
    source = find_source(settings.source, tree)
    goal = _goal(settings, asked, workloads.value, suite.value)
    repo = Repo(
        root=checkout.root, revision=head, python=python.value.path, source=source.value, exclude=settings.exclude
    )
    typed = trust.typed(workloads.value, suite.value, goal.build)
    outside = Outside(commands=commands(goal), typed=typed, paths=import_path(python.value, choice))
    base = open_base(checkout, repo=repo, walls=choice.walls, state=state, build=goal.build, outside=outside)
    ready, notes = with_calls(workloads.value, base, told=bool(settings.workloads))
    notes = (*notes, *_foreseen(base, workloads.value, tree, python.value))
    return Target(
        asked=asked,
        settings=settings,
        warnings=(*loaded.warnings, *notes),
        checkout=checkout,
        choice=choice,
        state=state,
        python=python.value,
        tree=tree,
        goal=replace(goal, workloads=ready),
        base=base,
        typed=typed,
        guesses=_guesses(project, python, suite, workloads, source),
    )


def _own_folders(checkout: Checkout, state: Path) -> tuple[Path, ...]:
    """Where ledgers and other trees lie, and the repository of a linked worktree or a submodule."""
    with suppress(OSError):
        state.mkdir(parents=True, exist_ok=True)
    return (state,) if checkout.common_dir.is_relative_to(checkout.root) else (state, checkout.common_dir)


def _walls(settings: Settings, own: tuple[Path, ...]) -> Choice:
    """Raises `UsageError` where there are none as wanted, or what is run could reach the network all the same."""
    choice = choose(settings.sandbox, Path.home(), *own)
    if settings.offline and "network" not in choice.walls.promises:
        raise UsageError(
            f"--offline cannot be kept at sandbox level {choice.walls.level}: what is run there reaches the network",
            code="offline_needs_walls",
            hint="get walls (perfsmith doctor says how), name another level with --sandbox, or leave --offline away",
        )
    return choice


def _tracked(checkout: Checkout, revision: str, targets: tuple[str, ...]) -> tuple[Found[str], Tree]:
    """Which project it is about, and its files at a revision."""
    private = open_private(checkout, state_folder())
    commit_tree = private.tree(revision)
    files = private.files(commit_tree)
    project = find_project(files, targets)
    return project, tree_of(files, lambda path: private.read(commit_tree, path), project.value)


def _trust(asked: Asked, loaded: Loaded, checkout: Checkout, choice: Choice, asker: Asker) -> Trust:
    return Trust(
        loaded=loaded,
        command=asked.command,
        borrowed=asked.borrowed,
        root=checkout.root,
        choice=choice,
        known=answers(state_folder(), repository_key(checkout)),
        asker=asker,
    )


def _guesses(project: Found[str], *others: Found[Any]) -> tuple[Guess, ...]:
    """In the order of the screen; a project in the root of the repository needs no mention."""
    return (*((project.guess,) if project.value else ()), *(other.guess for other in others))


def _foreseen(base: PrivateBase, workloads: tuple[Workload, ...], tree: Tree, python: Python) -> Iterator[str]:
    """What misleads or fails later: commands that hide a gain, submodules and large files that are not there."""
    around = base.surroundings
    yield from around.carried.notes
    yield from follow_speed(workloads, tree, python)
    yield from _not_imported(python, around.walls.hidden, around.root)
    missing = missing_submodules(base.surroundings.root)
    if missing:
        shown = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        fix = "git submodule update --init --recursive"
        yield f"submodules that are not checked out ({shown}): what needs their files fails; get them: {fix}"
    missing = base.surroundings.large.missing(frozenset(base.files()), base.read)
    if missing:
        shown = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        yield f"files that git-lfs has not fetched ({shown}): what needs them fails; get them: git lfs pull"


def with_workloads(target: Target, found: Found[tuple[Workload, ...]]) -> Target:
    """The same target with workloads that were found later, among its tests."""
    goal = replace(target.goal, workloads=found.value)
    outside = Outside(commands=commands(goal), typed=target.typed, paths=import_path(target.python, target.choice))
    base = open_base(
        target.checkout,
        repo=target.base.repo,
        walls=target.choice.walls,
        state=target.state,
        build=goal.build,
        outside=outside,
        laying=target.base.laying,
    )
    return replace(target, goal=goal, base=base, guesses=(*target.guesses, found.guess))


def import_path(python: Python, choice: Choice) -> tuple[Path, ...]:
    """Folders that the interpreter imports from, as far as they may be shown."""
    return _imported(python, choice.walls.hidden)[0]


def _imported(python: Python, hidden: tuple[Path, ...]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    return import_folders(map(Path, filter(None, python.facts.path)), prefixes(python.path, hidden), hidden)


def _not_imported(python: Python, hidden: tuple[Path, ...], root: Path) -> Iterator[str]:
    left = [str(folder) for folder in _imported(python, hidden)[1] if not folder.is_relative_to(root)]
    if left:
        shown = ", ".join(left[:3]) + (", …" if len(left) > 3 else "")
        yield (
            f"the interpreter imports from {shown}, which commands do not see: neither packages nor a project; "
            'to show a folder, name it: --workload "PYTHONPATH=FOLDER python …"'
        )


def commands(goal: Goal) -> tuple[str, ...]:
    """Everything that will be run by a shell."""
    suite = (goal.suite.command,) if goal.suite else ()
    return (*(workload.command for workload in goal.workloads), *suite, *((goal.build,) if goal.build else ()))


def _run_with(
    loaded: Loaded, trust: Trust, tree: Tree, revision: str
) -> tuple[Found[Python], Found[Suite | None], Found[tuple[Workload, ...]]]:
    """How the target is run. Nothing that it brings along has been run, but for what is trusted."""

    def ask(path: Path) -> InterpreterFacts | None:
        trust.in_interpreter(path, tree, revision)
        return ask_outside(trust.choice.walls, path)

    python, suite = _python_and_suite(loaded, trust.root, tree, ask)
    options, config = _told(loaded, "workload", loaded.settings.workloads)
    workloads = find_workloads(options, config, tree, python.value, trust.root)
    trust.in_commands(workloads.value, suite.value, loaded.settings.build, tree, _bytes(trust.root))
    return python, suite, workloads


def _python_and_suite(loaded: Loaded, root: Path, tree: Tree, ask: Ask) -> tuple[Found[Python], Found[Suite | None]]:
    """Both together: an interpreter that was only guessed gives way to ours if it lacks what the tests need."""
    settings = loaded.settings

    def find(option: str | None, config: str | None) -> Found[Python]:
        return find_python(option, config, root, os.environ, ask, project=tree.folder)

    option, config = _one_told(loaded, "python", settings.python)
    python = find(option, config)
    tests = _one_told(loaded, "tests", settings.tests)
    try:
        return python, find_suite(*tests, tree, python.value, root)
    except TargetError:
        if option or config or python.value.path.is_relative_to(root):
            raise
    own = find(sys.executable, None)
    guess = replace(own.guess, how=f"perfsmith's own: {python.value.path} lacks what the tests need")
    return replace(own, guess=guess), find_suite(*tests, tree, own.value, root)


def _told(loaded: Loaded, key: str, value: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A setting as (from an option or variable, from a file)."""
    by_hand = loaded.origins.get(key) in ("option", "environment")
    return (value, ()) if by_hand else ((), value)


def _one_told(loaded: Loaded, key: str, value: str | None) -> tuple[str | None, str | None]:
    by_hand = loaded.origins.get(key) in ("option", "environment")
    return (value, None) if by_hand else (None, value)


def _goal(settings: Settings, asked: Asked, workloads: tuple[Workload, ...], suite: Suite | None) -> Goal:
    seed = settings.seed or int.from_bytes(os.urandom(_BUILT_IN_SEED_BYTES), "big")
    return Goal(
        workloads=workloads,
        suite=suite,
        targets=asked.targets,
        hotspots=settings.hotspots,
        candidates=settings.candidates,
        min_gain=settings.min_gain,
        max_memory=settings.max_memory,
        cache=settings.cache,
        parallel=settings.parallel,
        float_ulps=settings.float_ulps,
        quarantine=settings.quarantine,
        budget=settings.budget,
        patient=settings.patient,
        build=settings.build,
        seed=seed,
    )
