"""How many heaps the threads of the window's process take memory from."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

HEAPS_OF_TWELVE_THREADS = """
import ctypes, sys, threading

library = ctypes.CDLL(None)
library.malloc.restype = library.fopen.restype = ctypes.c_void_p
library.fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.fclose.argtypes = [ctypes.c_void_p]
together = threading.Barrier(12)

def take():
    together.wait()
    assert library.malloc(50_000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
told = library.fopen(sys.argv[1].encode(), b"w")
library.malloc_info(0, told)
library.fclose(told)
"""
THE_WINDOWS = "from desktop_app.app import make_application; application = make_application()"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the only one with a heap for every thread")
@pytest.mark.parametrize("first", ["", THE_WINDOWS])
def test_the_windows_threads_share_two_heaps(tmp_path: Path, first: str) -> None:
    told = tmp_path / "told.xml"
    subprocess.run([sys.executable, "-c", f"{first}\n{HEAPS_OF_TWELVE_THREADS}", told], check=True, timeout=60)
    heaps = told.read_text("utf-8").count("<heap nr=")
    assert heaps <= 2 if first else heaps > 2
