"""``akin``: with a command the command line, else the window."""

import multiprocessing
import os
import sys


def main() -> int:
    """Entry point of the console script; returns the exit code."""
    multiprocessing.freeze_support()
    # NumPy's and FAISS's BLAS threads otherwise spin for some 30 ms of processor time each, at every start and product;
    # products here are small, and wherever more than one processor pays the engine says so itself.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from desktop_app.cli.main import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
