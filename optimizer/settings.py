"""What a run is set to: options, then PERFSMITH_* variables, the project's table, the user's file, built-in values."""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar, cast, get_args

from .core.errors import UsageError
from .core.goal import Budget, Policy
from .quantities import parse_budget, parse_share

T = TypeVar("T")
Values = Mapping[str, object]
"""Settings as written: keys with dashes, values as a shell or TOML gives them."""

PROJECT_KEYS = frozenset(
    [
        "tests",
        "workload",
        "workloads",
        "python",
        "source",
        "exclude",
        "build",
        "min-gain",
        "max-memory",
        "candidates",
        "hotspots",
        "cache",
        "parallel",
        "float-ulps",
        "quarantine",
        "check.threshold",
    ]
)
"""Keys that a project file may set: harmless ones."""
_NO_CAPS = Budget()
_RESERVED = "PERFSMITH_"
_SANDBOXES = ("auto", "bubblewrap", "unshare", "landlock", "seatbelt", "container", "process")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set; None or empty means: find it out. Shares are 0 to 1."""

    python: str | None = None
    tests: str | None = None
    """A command; the empty text means: no tests on purpose."""
    workloads: tuple[str, ...] = ()
    build: str = ""
    source: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_gain: float = 0.01
    max_memory: float = 0.05
    candidates: int = 6
    hotspots: int = 3
    cache: Policy = "ask"
    parallel: Policy = "ask"
    float_ulps: int = 0
    quarantine: tuple[str, ...] = ()
    check_threshold: float = 0.05
    model: str | None = None
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    record: str | None = None
    show_prompt: bool = False
    budget: Budget = _NO_CAPS
    patient: bool = False
    sandbox: str = "auto"
    trust: bool = False
    offline: bool = False
    strength: bool = False
    tracemalloc: bool = False
    require_gain: bool = False
    strict: bool = False
    seed: int = 0
    yes: bool = False
    no_input: bool = False
    plain: bool = False


PERSONAL_KEYS = (
    frozenset(field.name.replace("_", "-") for field in fields(Settings)) - PROJECT_KEYS - {"check-threshold"}
)
"""All other keys: in a project file they are ignored, for a cloned repository is untrusted."""
_KNOWN = PROJECT_KEYS | PERSONAL_KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings, which layer each given key came from, and what was ignored and should be said."""

    settings: Settings
    origins: Mapping[str, str]
    """Key → `option`, `environment`, `project` or `user`; built-in values are not listed."""
    warnings: tuple[str, ...] = ()


def load(options: Values, environ: Mapping[str, str], *, project: Path | None, user: Path | None) -> Loaded:
    """Merge all layers, key by key.

    `options` has a key per option that was given (None is "not given"); `project` is a
    pyproject.toml, `user` the user's file: either may be absent. Raises `UsageError` naming the
    place, the key and what was expected.
    """
    warnings: list[str] = []
    layers = (
        _Layer(name="option", place="option --{}", values=_options(options)),
        _Layer(name="environment", place="{}", values=_environment(environ, warnings)),
        _Layer(name="project", place=f"{project}: {{}}", values=_project(project, warnings)),
        _Layer(name="user", place=f"{user}: {{}}", values=_user(user, warnings)),
    )
    merged = _Merged(layers, {})
    return Loaded(settings=_settings(merged), origins=merged.origins, warnings=tuple(warnings))


def own_key(user: Path | None) -> str:
    """The key that the user's file holds; empty where there is none, or no such file can be read."""
    try:
        key = _toml(user).get("api-key")
    except (UsageError, OSError):
        return ""
    return key.strip() if isinstance(key, str) else ""


def _settings(merged: "_Merged") -> Settings:
    take, flag, built_in = merged.take, merged.flag, Settings()
    return Settings(
        python=take("python", _text, built_in.python),
        tests=take("tests", _text, built_in.tests),
        workloads=take("workload", _texts, built_in.workloads),
        build=take("build", _text, built_in.build),
        source=take("source", _texts, built_in.source),
        exclude=take("exclude", _texts, built_in.exclude),
        min_gain=take("min-gain", _share, built_in.min_gain),
        max_memory=take("max-memory", _share, built_in.max_memory),
        candidates=take("candidates", _positive, built_in.candidates),
        hotspots=take("hotspots", _positive, built_in.hotspots),
        cache=take("cache", _policy, built_in.cache),
        parallel=take("parallel", _policy, built_in.parallel),
        float_ulps=take("float-ulps", _count, built_in.float_ulps),
        quarantine=take("quarantine", _texts, built_in.quarantine),
        check_threshold=take("check.threshold", _share, built_in.check_threshold),
        model=take("model", _text, built_in.model),
        api_base=take("api-base", _text, built_in.api_base),
        api_key=take("api-key", _text, built_in.api_key),
        record=take("record", _text, built_in.record),
        show_prompt=flag("show-prompt"),
        budget=take("budget", _budget, built_in.budget),
        patient=flag("patient"),
        sandbox=take("sandbox", _sandbox, built_in.sandbox),
        trust=flag("trust"),
        offline=flag("offline"),
        strength=flag("strength"),
        tracemalloc=flag("tracemalloc"),
        require_gain=flag("require-gain"),
        strict=flag("strict"),
        seed=take("seed", _count, built_in.seed),
        yes=flag("yes"),
        no_input=flag("no-input"),
        plain=flag("plain"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    name: str
    place: str
    """How a message names a key of this layer."""
    values: Values

    def says(self, key: str) -> str:
        shown = f"{_RESERVED}{key.upper().replace('-', '_').replace('.', '_')}" if self.name == "environment" else key
        return self.place.format(shown.replace(".", "-") if self.name == "option" else shown)


@dataclass(frozen=True, slots=True)
class _Merged:
    layers: tuple[_Layer, ...]
    origins: dict[str, str]

    def take(self, key: str, read: Callable[[object], T], default: T) -> T:
        """The value of the first layer that has the key; `read` raises ValueError saying what it expected."""
        for layer in self.layers:
            if key in layer.values:
                self.origins[key] = layer.name
                try:
                    return read(layer.values[key])
                except ValueError as error:
                    place = layer.says(key)
                    raise UsageError(
                        f"{place}: {error}", code="bad_setting", hint=f"correct or remove {place}"
                    ) from None
        return default

    def flag(self, key: str) -> bool:
        """A flag, off unless some layer says otherwise."""
        return self.take(key, _flag, default=False)


def _options(options: Values) -> Values:
    given = {key: value for key, value in options.items() if value is not None}
    unknown = sorted(given.keys() - _KNOWN)
    if unknown:
        raise UsageError(f"unknown option --{unknown[0]}", code="unknown_option", hint=_near(unknown[0]))
    return _one_workload(given, "the options")


def _environment(environ: Mapping[str, str], warnings: list[str]) -> Values:
    """Variables that are set and not empty; several values of a list stand one a line."""
    names = {f"{_RESERVED}{key.upper().replace('-', '_').replace('.', '_')}": key for key in _KNOWN}
    given: dict[str, object] = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(_RESERVED) or not text:
            continue
        if variable in names:
            given[names[variable]] = text
        else:
            close = difflib.get_close_matches(variable, names, n=1)
            warnings.append(f"{variable} is not a known variable" + (f"; did you mean {close[0]}?" if close else ""))
    return _one_workload(given, "the environment")


def _project(path: Path | None, warnings: list[str]) -> Values:
    document = _toml(path)
    values = _known(_table(_table(document.get("tool")).get("perfsmith")), str(path), warnings)
    for key in sorted(values.keys() & PERSONAL_KEYS):
        warnings.append(f"{path}: {key} is ignored in a project file; set it in your own configuration or as an option")
    return {key: value for key, value in values.items() if key in PROJECT_KEYS}


def _user(path: Path | None, warnings: list[str]) -> Values:
    return _known(_toml(path), str(path), warnings)


def _known(table: Values, place: str, warnings: list[str]) -> Values:
    """The table with `[check]` flattened, without the keys nobody knows."""
    flat = {key: value for key, value in table.items() if not isinstance(value, dict)}
    for name, value in table.items():
        flat |= {f"{name}.{key}": inner for key, inner in _table(value).items()}
    for key in sorted(flat.keys() - _KNOWN):
        warnings.append(f"{place}: {key} is not a known key; {_near(key)}")
    return _one_workload({key: value for key, value in flat.items() if key in _KNOWN}, place)


def _one_workload(values: Values, place: str) -> Values:
    """`workloads` is the plural spelling of `workload`; both at once is a question we do not answer for the user."""
    if "workloads" not in values:
        return values
    if "workload" in values:
        raise UsageError(
            f"{place}: both workload and workloads", code="bad_setting", hint="keep one: workloads = [...] is the list"
        )
    return {"workload" if key == "workloads" else key: value for key, value in values.items()}


def _toml(path: Path | None) -> Values:
    if path is None or not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", code="bad_toml", hint=f"correct {path}: it is not valid TOML") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", code="bad_toml", hint=f"make {path} readable") from None


def _table(value: object) -> Values:
    return cast("Values", value) if isinstance(value, dict) else {}


def _near(key: str) -> str:
    close = difflib.get_close_matches(key.replace("_", "-"), sorted(_KNOWN), n=1)
    return f"did you mean {close[0]}?" if close else "known: " + ", ".join(sorted(_KNOWN))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a text, found {value!r}")
    return value.strip()


def _texts(value: object) -> tuple[str, ...]:
    items = value.splitlines() if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise ValueError(f"expected a text or a list of texts, found {value!r}")
    texts = tuple(_text(item) for item in cast("list[object]", items))
    if not all(texts):
        raise ValueError("expected no empty text in the list")
    return texts


def _flag(value: object) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError(f"expected true or false, found {value!r}")


def _count(value: object) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.isascii() and text.isdigit():
        return int(text)
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    raise ValueError(f"expected a whole number from 0 on, found {value!r}")


def _positive(value: object) -> int:
    number = _count(value)
    if number < 1:
        raise ValueError("expected a whole number from 1 on, found 0")
    return number


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"expected a percentage such as '5%', found {value!r}")
    return parse_share(str(value))


def _budget(value: object) -> Budget:
    return value if isinstance(value, Budget) else parse_budget(_text(value))


def _policy(value: object) -> Policy:
    for policy in get_args(Policy):
        if value == policy:
            return policy
    raise ValueError(f"expected forbid, ask or allow, found {value!r}")


def _sandbox(value: object) -> str:
    if value not in _SANDBOXES:
        raise ValueError(f"expected one of {', '.join(_SANDBOXES)}, found {value!r}")
    return str(value)
