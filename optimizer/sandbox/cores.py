"""The tool's own work and what it measures keep out of each other's way."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

from ..core.cores import usable_cores

_THREADS = Path("/proc/self/task")


@contextmanager
def out_of_the_way() -> Generator[None]:
    """Our own threads leave the last core to what is measured, where there are two; started commands choose anew."""
    cores = usable_cores()
    if len(cores) > 1:
        _stay_on(cores[:-1])
    try:
        yield
    finally:
        if len(cores) > 1:
            _stay_on(cores)


def _stay_on(cores: Iterable[int]) -> None:
    """All threads that we have; one that ends meanwhile, or may not be moved, is left alone."""
    threads = [int(entry.name) for entry in _THREADS.iterdir()] if _THREADS.is_dir() else []
    for thread in threads:
        with suppress(OSError):
            os.sched_setaffinity(thread, cores)
