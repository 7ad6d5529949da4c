"""Peak memory is the command's own: a child's `ru_maxrss` begins with its parent's, across exec too."""

import resource

from perfsmith.optimizer.core.ports import Job

MIB = 1 << 20


def test_a_large_parent_does_not_show_in_what_a_small_command_uses(repository, base_of, walls):
    ballast = bytearray(300 * MIB)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > 300 * MIB
    with base_of(repository({"a.txt": ""}), walls).fork() as tree:
        peaks = [tree.run(Job(command=text, timeout=30, metered=True)).usage.peak for text in ("true", "python -c 1")]
    assert len(ballast) == 300 * MIB
    assert all(1 * MIB < peak < 60 * MIB for peak in peaks), peaks
