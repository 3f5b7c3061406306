"""When a file was changed, as a number that the catalogue can hold."""

import os

EARLIEST_NS, LATEST_NS = -9_223_372_036 * 10**9, 9_223_372_036 * 10**9
"""Whole seconds within 64 bits, in the years 1677 and 2262, with room for what ``time_with_sidecar`` adds.

File systems have times beyond: broken archives, cameras without a battery and images of disks bring them.
"""


def changed_ns(status: os.stat_result) -> int:
    """Nanoseconds since 1970; a time beyond what 64 bits can tell is the last that they can."""
    return min(max(status.st_mtime_ns, EARLIEST_NS), LATEST_NS)
