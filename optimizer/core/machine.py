"""The machine that a measurement was made on, as far as a reader of the number needs it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Says where a number holds: speedups do not always travel from one machine to another."""

    python: str
    """Version of the target's interpreter, e.g. `3.11.7`."""
    sandbox: str
    """The sandbox level, e.g. `bubblewrap`."""
    noise_floor: float | None = None
    """Half width of an A/A interval as a share; None where it was not taken."""
    id: str = ""
    """A few characters that tell two machines apart, and nothing else about them."""
