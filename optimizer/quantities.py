"""Texts that people write for amounts, read: `10m`, `1%`, `10m,2usd,200ktok,12cand`; each raises `ValueError`."""

import re

from .core.goal import Budget

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "ms": 1e-3}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|min|[dhms])")
_MONEY = re.compile(r"(?:\$(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:usd|\$))", re.IGNORECASE)
_TOKENS = re.compile(r"(\d+(?:\.\d+)?)\s*([km]?)\s*tok(?:ens?)?", re.IGNORECASE)
_CANDIDATES = re.compile(r"(\d+)\s*cand(?:idates?)?", re.IGNORECASE)


def parse_duration(text: str) -> float:
    """Seconds of `90s`, `10m`, `1h30m`, `500ms`; a unit is required."""
    compact = text.strip().replace(" ", "")
    parts = _DURATION.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f"expected a duration such as 90s, 10m or 1h30m, found {text!r}")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def parse_share(text: str) -> float:
    """A share of `5%` or `0.05`; a bare number from 1 on is refused, for it may mean either."""
    compact = text.strip().replace(" ", "")
    number, percent = (compact[:-1], True) if compact.endswith("%") else (compact, False)
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", number):
        raise ValueError(f"expected a percentage such as '5%', found {text!r}")
    if not percent and float(number) >= 1:
        raise ValueError(f"expected a percentage such as '5%', found {text!r} without a percent sign")
    return float(number) / 100 if percent else float(number)


def parse_budget(text: str) -> Budget:
    """Caps of `10m,2usd,200ktok,12cand`, in any order, each at most once and above zero."""
    caps: dict[str, float] = {}
    for part in text.split(","):
        name, value = _cap(part.strip())
        if name in caps:
            raise ValueError(f"expected each kind of cap once, found {part.strip()!r} as a second for {name}")
        if value <= 0:
            raise ValueError(f"expected a cap above zero, found {part.strip()!r}")
        caps[name] = value
    return Budget(
        seconds=caps.get("seconds"),
        usd=caps.get("usd"),
        tokens=int(caps["tokens"]) if "tokens" in caps else None,
        candidates=int(caps["candidates"]) if "candidates" in caps else None,
    )


def _cap(part: str) -> tuple[str, float]:
    if money := _MONEY.fullmatch(part):
        return "usd", float(money[1] or money[2])
    if tokens := _TOKENS.fullmatch(part):
        return "tokens", float(tokens[1]) * {"": 1, "k": 1e3, "m": 1e6}[tokens[2].lower()]
    if candidates := _CANDIDATES.fullmatch(part):
        return "candidates", float(candidates[1])
    try:
        return "seconds", parse_duration(part)
    except ValueError:
        raise ValueError(f"expected caps such as 10m,2usd,200ktok,12cand, found {part!r}") from None
