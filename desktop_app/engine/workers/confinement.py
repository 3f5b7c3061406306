"""What the kernel of Linux refuses a worker: the network, other programs, other processes' memory (man 2 seccomp).

A filter in the kernel's old packet language looks at each system call. Elsewhere, and where a kernel has no filters,
nothing is refused.
"""

import ctypes
import errno
import os
import struct
import sys
from dataclasses import dataclass

_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of a 32-bit word at an offset; with a constant
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16  # of struct seccomp_data; the argument's lower half
_AF_UNIX = 1
_SET_FILTER, _ALL_THREADS = 1, 1
_OTHER_NUMBERING = 0x40000000  # x32's calls


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    seccomp: int
    socket: int
    refused: tuple[int, ...]  # execve, execveat, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, keyctl


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, 41, (59, 322, 101, 310, 311, 425, 250)),
    "aarch64": _Machine(0xC00000B7, 277, 198, (221, 281, 117, 270, 271, 425, 219)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine() -> bool:
    """Refuse these calls to all threads of this process from now on, with EPERM; returns whether the kernel does.

    Only local sockets can be made. Needs ``no_new_privs``.
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


def _code(machine: _Machine) -> bytes:
    """Instructions of eight bytes: code, how many to skip if it holds and if not, constant."""
    checks: list[tuple[int, int]] = [(_EQUALS, number) for number in machine.refused]
    checks.append((_AT_LEAST, _OTHER_NUMBERING))
    ending = [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    of_socket = [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT), (_EQUALS, 0, 1, _AF_UNIX)]
    lines = [(_LOAD, 0, 0, _MACHINE_AT), (_EQUALS, 1, 0, machine.audit), (_RETURN, 0, 0, _REFUSE)]
    lines.append((_LOAD, 0, 0, _NUMBER_AT))
    for at, (test, constant) in enumerate(checks):
        to_refusal = len(checks) - at + len(of_socket) + 1
        lines.append((test, to_refusal, 0, constant))
    lines.append((_EQUALS, 0, len(of_socket), machine.socket))
    lines += [*of_socket, *ending]
    return b"".join(struct.pack("<HBBI", *line) for line in lines)
