"""``akin``: with a command the command line, else the window."""

import multiprocessing
import sys


def main() -> int:
    """Entry point of the console script; returns the exit code."""
    multiprocessing.freeze_support()
    from desktop_app.cli.main import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
