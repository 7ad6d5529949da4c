"""Numbers for people: seconds, bytes and ratios with honest digits."""


def seconds(value: float) -> str:
    """`41.2 ms`, `1.43 s`, `2:41`: three significant digits, minutes from 100 s on."""
    if value < 0:
        return f"-{seconds(-value)}"
    if value >= 100:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes}:{rest:02d}"
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1 or unit == "µs":
            return f"{_digits(value * factor)} {unit}"
    raise AssertionError


def size(value: float) -> str:
    """`512 B`, `1.5 KiB`, `2.4 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024 or unit == "GiB":
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError


def ratio(value: float) -> str:
    """`1.43x`; three significant digits, whole numbers from 100 on."""
    return f"{value:.0f}x" if value >= 100 else f"{_digits(value, least=2)}x"


def interval(low: float, high: float) -> str:
    """`1.38-1.47`, with a third decimal near 1, where it decides: `1.004-1.019`."""
    decimals = 3 if low > 0.9 and high < 1.1 else 2
    return f"{low:.{decimals}f}-{high:.{decimals}f}"


def percent(share: float) -> str:
    """`31.0%` of a share between 0 and 1."""
    return f"{share * 100:.1f}%"


def _digits(value: float, *, least: int = 0) -> str:
    decimals = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{max(decimals, least if value < 10 else 0)}f}"
