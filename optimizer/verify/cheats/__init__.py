"""Detectors of known cheats, by family. Each tells what is in a source; the `static` rung takes what is new.

The rows of the table, their detectors and what is not caught: docs/reference/cheats.md.
"""

from collections.abc import Callable, Iterator

from . import answers, disguises, files, later, losses, outside, patches, state
from .answers import NewConstants
from .finding import Finding
from .source import Source

Detector = Callable[[Source], Iterator[Finding]]
DataDetector = Callable[[Source, NewConstants], Iterator[Finding]]

DETECTORS: tuple[Detector, ...] = (
    patches.foreign_writes,
    patches.insides,
    patches.test_hooks,
    outside.forbidden_names,
    outside.hidden_ways,
    outside.modules_as_values,
    outside.own_name,
    outside.star_imports,
    files.writes_files,
    files.reads_files,
    files.git_folders,
    state.caching_decorators,
    state.lasting_writes,
    state.objects_with_memory,
    state.decorating_classes,
    later.late_results,
    later.late_work,
    disguises.broad_handlers,
    disguises.empty_comparisons,
    disguises.skipped_tests,
    losses.lower_precision,
    losses.work_at_import,
    losses.addressed_remarks,
)
"""Asked of base and candidate: what the candidate has more of is new."""
DATA_DETECTORS: tuple[DataDetector, ...] = (
    answers.answer_tables,
    answers.fingerprints,
    answers.chains_of_tests,
    answers.pasted_blobs,
    answers.decoded_constants,
    answers.answers_of_the_tests,
)
"""Asked of the candidate alone, with a way to tell new constants."""
LOST: tuple[Detector, ...] = (losses.removed_locks, losses.removed_copies, losses.removed_hooks)
"""Asked of base and candidate: what the base has more of is gone."""
