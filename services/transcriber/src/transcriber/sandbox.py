"""What the decoder's process gives up before it reads a byte of somebody's file.

FFmpeg parses hostile input in C. So its process can open nothing (no file, no socket: the only
descriptors it may use are the four it was given), write to no file, start no process, reach no network
where the kernel lets an ordinary user drop it, and has bounded memory and CPU time.
"""

import contextlib
import ctypes
import resource

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_NO_NEW_PRIVS = 38
"""Constants of linux/sched.h and linux/prctl.h."""


def _limit(what: int, value: int, grace: int = 0) -> None:
    hard = resource.getrlimit(what)[1]
    most = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(what, (min(value, most), most))


def leave_network() -> None:
    """Best effort: an empty network namespace, as root or through a user namespace, else nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def confine(*, memory_bytes: int, cpu_seconds: int, descriptors: int) -> None:
    """Give up rights, for good. Call once, single-threaded, after the last import.

    `descriptors`: numbers below it stay usable, and no new one can be opened, because the kernel hands
    out none at or above the limit.
    """
    with contextlib.suppress(OSError, AttributeError):
        leave_network()
    # DATA, not AS: it counts what is really private and writable, not mapped libraries and stacks' reserve.
    _limit(resource.RLIMIT_DATA, memory_bytes)
    # At the hard limit the kernel kills without a word; the soft one, before it, tells by SIGXCPU.
    _limit(resource.RLIMIT_CPU, cpu_seconds, grace=5)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    # No further process or thread; the kernel does not hold root to this one.
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, descriptors)
