"""Small vector arithmetic that every descriptor shares."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]


def unit(vector: Floats) -> Floats:
    """The vector (n,) at L2 length 1, float32. Without a direction (zeros) it becomes the even vector, never zeros."""
    clean = np.nan_to_num(np.asarray(vector, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    length = float(np.sqrt(np.dot(clean, clean)))
    if length < 1e-12:
        return np.full(clean.shape, 1.0 / np.sqrt(max(1, clean.size)), dtype=np.float32)
    return (clean / length).astype(np.float32)


def unit_rows(matrix: Floats) -> Floats:
    """Each row (n, d) at L2 length 1, float32; rows without a direction become even."""
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64))
    empty = lengths < 1e-12
    rows = (matrix / np.where(empty, 1.0, lengths)[:, None]).astype(np.float32)
    if bool(empty.any()):
        rows[empty] = 1.0 / np.sqrt(matrix.shape[1])
    return rows


def block(values: Floats, weight: float) -> Floats:
    """A part of a joined vector: L2 length ``weight``, or zeros where it has no direction."""
    flat = np.asarray(values, dtype=np.float32).ravel()
    length = float(np.sqrt(np.dot(flat, flat)))
    return np.zeros_like(flat) if length < 1e-9 else flat * np.float32(weight / length)
