"""Runs a command behind Landlock and seccomp: `landlock.py PLAN COMMAND...`, the plan as JSON on descriptor PLAN.

Standard library only, valid from Python 3.6 on, imported by nobody; run by perfsmith's own interpreter. The command may
read and write what the plan names, and nothing else; it can make no socket but a pair. We stay outside as the guard:
orphans become our children, and are killed when the command or our parent ends.
Sources: landlock(7), Linux 5.13; its rights to devices, addresses and signals came with ABI 5, 4 and 6.
"""

import base64
import ctypes
import json
import os
import signal
import struct
import sys

CREATE, ADD, RESTRICT = 444, 445, 446
EXECUTE, WRITE, READ, LIST = 1, 2, 4, 8
FILE_RIGHTS = EXECUTE | WRITE | READ | 1 << 14 | 1 << 15
LOOK = EXECUTE | READ | LIST
REFER, TRUNCATE, IOCTL = 1 << 13, 1 << 14, 1 << 15
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def checked(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))
    return result


def version():
    return libc.syscall(CREATE, None, ctypes.c_size_t(0), 1)


def known_rights(abi):
    rights = (1 << 13) - 1
    return rights | (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0) | (IOCTL if abi >= 5 else 0)


def allow(rules, path, rights):
    try:
        number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= FILE_RIGHTS
    rule = struct.pack("=Qi", rights, number)
    checked(libc.syscall(ADD, rules, 1, rule, 0), "allow %s" % path)
    os.close(number)


def shut_files(plan, abi):
    """Only what is named is open; no TCP; no signals and no abstract sockets across the wall, where the system can."""
    rights = known_rights(abi)
    parts = [rights] + ([3] if abi >= 4 else []) + ([3] if abi >= 6 else [])
    wanted = struct.pack("=%dQ" % len(parts), *parts)
    rules = checked(libc.syscall(CREATE, wanted, ctypes.c_size_t(len(wanted)), 0), "landlock")
    for path in plan["read"]:
        allow(rules, path, LOOK)
    for path in plan["list"]:
        allow(rules, path, LIST)
    for path in plan["devices"]:
        allow(rules, path, (READ | WRITE | LIST | IOCTL) & rights)
    for path in plan["write"]:
        allow(rules, path, rights & ~IOCTL)
    checked(libc.syscall(RESTRICT, rules, 0), "landlock")
    os.close(rules)


def filter_calls(filter):
    """Install a filter of system calls, given as its bytes."""
    code = ctypes.create_string_buffer(filter)
    program = struct.pack("@HP", len(filter) // 8, ctypes.addressof(code))
    checked(libc.prctl(22, 2, program, 0, 0), "seccomp")  # PR_SET_SECCOMP, filter


def drop_rights():
    for number in range(64):
        libc.prctl(24, number, 0, 0, 0)  # PR_CAPBSET_DROP
    checked(libc.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "drop capabilities")
    checked(libc.prctl(38, 1, 0, 0, 0), "no new privileges")


def become(plan, argv):
    """Never returns."""
    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    drop_rights()
    shut_files(plan, version())
    filter_calls(base64.b64decode(plan["filter"]))
    os.execvp(argv[0], argv)


def children():
    mine = os.getpid()
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry) as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == mine:
                        found.append(int(entry))
            except OSError:
                pass
    return found


def sweep():
    """Kill and reap all that is left; a killed parent hands us its children in turn."""
    left = children()
    while left:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except OSError:
                pass
        left = children()


def end_all(number, frame):
    sweep()
    os._exit(128 + number)


def guard():
    """Inherit orphans, end them with our parent, and let nobody look into us."""
    signal.signal(signal.SIGTERM, end_all)
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    libc.prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
    libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off


def main():
    number, argv = int(sys.argv[1]), sys.argv[2:]
    with os.fdopen(number, "rb") as stream:
        plan = json.loads(stream.read().decode())
    parent = os.getppid()
    guard()
    if os.getppid() != parent:
        return 1
    pid = os.fork()
    if pid == 0:
        become(plan, argv)
    os.closerange(3, 1 << 16)
    status = os.waitpid(pid, 0)[1]
    sweep()
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


if __name__ == "__main__":
    code = 125
    try:
        code = main()
    except (OSError, KeyError) as error:
        os.write(2, ("landlock: %s\n" % error).encode("utf-8", "surrogateescape"))
    finally:
        os._exit(code)
