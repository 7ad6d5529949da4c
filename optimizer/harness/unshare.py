"""Runs a command in namespaces of its own: `unshare.py PLAN COMMAND...`, the plan as JSON on descriptor PLAN.

Standard library only, valid from Python 3.6 on, imported by nobody; run by perfsmith's own interpreter. Everything is
read-only but what the plan says; /proc, /dev and hidden folders are replaced; there are no rights and no network but
loopback. Mounts are made in place, in a private copy of the mount table: sources are opened before they are covered
(mount_setattr(2), Linux 5.12). The first process of the new space ends with the command, and everything with it.
"""

import base64
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys

NEW_SPACES = 0x10000000 | 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000  # user mount pid net ipc uts
BIND, RECURSIVE, SLAVE, NOSUID, NODEV = 4096, 16384, 1 << 19, 2, 4
MOUNT_SETATTR, AT_RECURSIVE, AT_HERE = 442, 0x8000, -100
READ_ONLY, NO_SETUID, NO_DEVICES = 1, 2, 4
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
LINKS = (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"), ("ptmx", "pts/ptmx"))
libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))


def mount(source, place, kind="none", flags=0, data=""):
    what = "mount %s" % place
    checked(libc.mount(os.fsencode(source), os.fsencode(place), kind.encode(), flags, data.encode()), what)


def attributes(place, add=0, clear=0, below=False):
    wanted = struct.pack("QQQQ", add, clear, 0, 0)
    call = libc.syscall
    result = call(MOUNT_SETATTR, AT_HERE, os.fsencode(place), AT_RECURSIVE if below else 0, wanted, len(wanted))
    checked(result, "set attributes of %s" % place)


def die_with_parent():
    """Be killed when our parent ends; PS_TREE names the process that we were started for."""
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def enter_spaces():
    user, group = os.getuid(), os.getgid()
    checked(libc.unshare(NEW_SPACES), "new namespaces")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", "%d %d 1" % (user, user)),
        ("gid_map", "%d %d 1" % (group, group)),
    ):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)


def opened(path):
    """(descriptor of what lies there, whether it is a folder), taken before anything is covered."""
    number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    return number, os.path.isdir(path)


def point(place, folder):
    """Something to mount on."""
    if folder:
        os.makedirs(place, exist_ok=True)
    elif not os.path.lexists(place):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600))


def bind(source, place, writable, device=False):
    number, folder = source
    point(place, folder)
    mount("/proc/self/fd/%d" % number, place, flags=BIND if writable else BIND | RECURSIVE)
    if writable:
        attributes(place, clear=READ_ONLY | (NO_DEVICES if device else 0))


def shut(path, nothing):
    """Nobody looks into it: a folder is empty, a file is a device that cannot be opened there."""
    if os.path.isdir(path):
        mount("tmpfs", path, "tmpfs", NOSUID | NODEV, "mode=0755,size=4k")
        attributes(path, add=READ_ONLY)
    else:
        bind(nothing, path, False)


def build(plan):
    """The file system as the plan has it."""
    mount("none", "/", flags=RECURSIVE | SLAVE)
    devices = [(name, opened("/dev/" + name)) for name in DEVICES if os.path.exists("/dev/" + name)]
    system = [(path, opened(path)) for path in plan["system"] if os.path.exists(path)]
    mounts = [(opened(outside), inside, writable) for outside, inside, writable in plan["mounts"]]
    nothing = opened("/dev/null")
    mount("proc", "/proc", "proc", NOSUID | NODEV)
    attributes("/", add=READ_ONLY | NO_SETUID | NO_DEVICES, below=True)
    mount("tmpfs", "/dev", "tmpfs", NOSUID, "mode=0755,size=1m")
    for name, source in devices:
        bind(source, "/dev/" + name, True, device=True)
    for name, target in LINKS:
        os.symlink(target, "/dev/" + name)
    os.mkdir("/dev/pts")
    mount("devpts", "/dev/pts", "devpts", NOSUID, "newinstance,ptmxmode=0666,mode=0620")
    os.mkdir("/dev/shm")
    for folder in plan["hidden"] + ["/dev/shm"]:
        point(folder, True)
        mount("tmpfs", folder, "tmpfs", NOSUID | NODEV, "mode=0755,size=%d" % plan["room"])
    for path, source in system:
        bind(source, path, False)
    os.makedirs(plan["home"], exist_ok=True)
    for source, inside, writable in mounts:
        bind(source, inside, writable)
        os.close(source[0])
    for path in plan["shut"]:
        shut(path, nothing)
    os.close(nothing[0])
    os.chdir(plan["cwd"])


def start_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH22x", b"lo", 1 | 64))  # SIOCSIFFLAGS: up, running


def drop_rights():
    """No capabilities, now or ever; nobody inside may look into us."""
    for number in range(64):
        libc.prctl(24, number, 0, 0, 0)  # PR_CAPBSET_DROP
    checked(libc.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "drop capabilities")
    checked(libc.prctl(38, 1, 0, 0, 0), "no new privileges")
    libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off


def filter_calls(filter):
    """Install a filter of system calls, given as its bytes."""
    code = ctypes.create_string_buffer(filter)
    program = struct.pack("@HP", len(filter) // 8, ctypes.addressof(code))
    checked(libc.prctl(22, 2, program, 0, 0), "seccomp")  # PR_SET_SECCOMP, filter


def become(plan, argv):
    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    if plan["filter"]:
        filter_calls(base64.b64decode(plan["filter"]))
    os.execvp(argv[0], argv)


def close_all():
    """Only the command has what was handed down: nobody reads it from our table, nor keeps a pipe open by it."""
    os.closerange(3, 1 << 16)


def wait_for(pid):
    """The command's exit code; orphans that are handed to us are reaped."""
    while True:
        found, status = os.wait()
        if found == pid:
            return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def inside(plan, argv):
    """The first process of the new space."""
    die_with_parent()
    build(plan)
    start_loopback()
    drop_rights()
    pid = os.fork()
    if pid == 0:
        become(plan, argv)
    close_all()
    return wait_for(pid)


def main():
    number, argv = int(sys.argv[1]), sys.argv[2:]
    with os.fdopen(number, "rb") as stream:
        plan = json.loads(stream.read().decode())
    parent = os.getppid()
    enter_spaces()
    die_with_parent()
    if os.getppid() != parent:
        return 1
    pid = os.fork()
    if pid:
        close_all()
        return wait_for(pid)
    return inside(plan, argv)


if __name__ == "__main__":
    code = 125
    try:
        code = main()
    except OSError as error:
        os.write(2, ("unshare: %s\n" % error).encode("utf-8", "surrogateescape"))
    finally:
        os._exit(code)
