"""Identifiers. Each counts from 1 and is never used again."""

from typing import NewType

ItemId = NewType("ItemId", int)
RootId = NewType("RootId", int)
PlaylistId = NewType("PlaylistId", int)
RequestId = NewType("RequestId", int)

SEQUENCE_BITS = 40
"""Of the catalogue's sequence so many bits count its writes; those above tell libraries apart."""
