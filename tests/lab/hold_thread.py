"""Holds one thread of a process while the others go on: hold_thread.py PID NAME. Prints "held", and lets it go when
something comes on the standard input (ptrace(2): PTRACE_SEIZE, PTRACE_INTERRUPT)."""

import ctypes
import os
import sys

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000
pid, name = int(sys.argv[1]), sys.argv[2]
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


threads = [int(each) for each in os.listdir(f"/proc/{pid}/task")]
named = [each for each in threads if open(f"/proc/{pid}/task/{each}/comm").read().strip() == name]
(thread,) = named
ptrace(SEIZE, thread)
ptrace(INTERRUPT, thread)
os.waitpid(thread, WALL)
print("held", flush=True)
sys.stdin.readline()
ptrace(DETACH, thread)
