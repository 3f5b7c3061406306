"""What the kernel of Linux refuses a worker: the network, sockets of any kind, other programs, other processes' memory.

A filter in the kernel's old packet language looks at each system call (man 2 seccomp). Memory of other processes is
also a file (/proc/PID/mem), and no filter sees a file's name; but the kernel lets nobody in a Landlock domain trace
those outside it (man 7 landlock). Elsewhere, and where a kernel has these not, nothing is refused.
"""

import ctypes
import errno
import os
import struct
import sys
from dataclasses import dataclass

_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of a 32-bit word at an offset; with a constant
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER_AT, _MACHINE_AT = 0, 4  # of struct seccomp_data
_SET_FILTER, _ALL_THREADS = 1, 1
_CREATE_RULESET, _RESTRICT_SELF, _ASK_VERSION = 444, 446, 1  # the same on all machines
_MAKE_DEVICES = 1 << 6 | 1 << 11  # LANDLOCK_ACCESS_FS_MAKE_CHAR and _BLOCK: something has to be refused
_SCOPE_SIGNALS, _VERSION_WITH_SCOPES = 2, 6
_OTHER_NUMBERING = 0x40000000  # x32's calls


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    seccomp: int
    refused: tuple[int, ...]
    """execve, execveat, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, keyctl, pidfd_getfd; socket,
    socketpair (of which a half can send to any local address), connect.
    """


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, (59, 322, 101, 310, 311, 425, 250, 438, 41, 53, 42)),
    "aarch64": _Machine(0xC00000B7, 277, (221, 281, 117, 270, 271, 425, 219, 438, 198, 199, 203)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine() -> bool:
    """Refuse these calls to all threads of this process from now on, with EPERM; returns whether the kernel does.

    Pipes and sockets that are open already go on. Needs ``no_new_privs``.
    """
    if sys.platform != "linux" or sys.byteorder != "little" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    machine = _MACHINES.get(os.uname().machine)
    if machine is None:
        return False
    code = ctypes.create_string_buffer(_code(machine))
    program = _Program(len(code.raw) // 8, ctypes.cast(code, ctypes.c_void_p))
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
    except (OSError, AttributeError):
        return False
    return call(ctypes.c_long(machine.seccomp), _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0


def seclude() -> bool:
    """Refuse this thread, and those that it starts, the memory of processes outside; returns whether the kernel does.

    To be called before there are other threads. Files are what they were, but that none can be moved from one folder
    into another. Signals to processes outside are refused too, from Linux 6.12 on. Needs ``no_new_privs``.
    """
    version = landlock_version()
    if version < 1:
        return False
    call = ctypes.CDLL(None, use_errno=True).syscall
    scoped = _SCOPE_SIGNALS if version >= _VERSION_WITH_SCOPES else 0
    wanted = struct.pack("<QQQ", _MAKE_DEVICES, 0, scoped)[: 24 if scoped else 8]
    rules = call(ctypes.c_long(_CREATE_RULESET), wanted, ctypes.c_size_t(len(wanted)), ctypes.c_uint(0))
    if rules < 0:
        return False
    try:
        return call(ctypes.c_long(_RESTRICT_SELF), ctypes.c_int(rules), ctypes.c_uint(0)) == 0
    finally:
        os.close(rules)


def landlock_version() -> int:
    """Which of Landlock's interfaces the kernel has; below 1 for none."""
    if sys.platform != "linux" or os.uname().machine not in _MACHINES:
        return 0
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
    except (OSError, AttributeError):
        return 0
    return int(call(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION)))


def _code(machine: _Machine) -> bytes:
    """Instructions of eight bytes: code, how many to skip if it holds and if not, constant."""
    checks: list[tuple[int, int]] = [(_EQUALS, number) for number in machine.refused]
    checks.append((_AT_LEAST, _OTHER_NUMBERING))
    ending = [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    lines = [(_LOAD, 0, 0, _MACHINE_AT), (_EQUALS, 1, 0, machine.audit), (_RETURN, 0, 0, _REFUSE)]
    lines.append((_LOAD, 0, 0, _NUMBER_AT))
    for at, (test, constant) in enumerate(checks):
        to_refusal = len(checks) - at
        lines.append((test, to_refusal, 0, constant))
    lines += ending
    return b"".join(struct.pack("<HBBI", *line) for line in lines)
