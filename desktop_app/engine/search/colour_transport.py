"""The exact earth mover's distance between small supports, for many problems at once.

Y. Rubner, C. Tomasi, L. J. Guibas, "The Earth Mover's Distance as a Metric for Image Retrieval", IJCV 40 (2000), solved
by successive shortest paths: as there are few sources, paths are looked for among the sources alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LEFT = 1e-9  # mass that counts as none
_DETOUR = 1e-7  # what a step costs more: of two ways that cost the same, the direct one, else they take turns for long
_MOST_PATHS = 2000  # each path uses up a supply, a demand or an arc; far fewer are needed


def transport_costs(
    supplies: NDArray[np.floating],
    demands: NDArray[np.floating],
    costs: NDArray[np.floating],
    parts: Sequence[float],
) -> list[NDArray[np.float64]]:
    """The least cost (n,) of moving supplies (n, k) into demands (n, m) at costs (n, k, m) for each unit of mass.

    For each of the ascending ``parts`` of the supplies; each goes on from the one before, which stays the cheapest. The
    demands of a problem may hold more than its supplies: what is left stays empty (a partial match). They must not hold
    less. ValueError where they do.
    """
    cost = np.asarray(costs, np.float64)
    demand = np.array(demands, np.float64)
    if (np.sum(supplies, axis=1) * max(parts) > demand.sum(axis=1) + 1e-6).any():
        raise ValueError("the supplies are more than the demands take in")
    flow = np.zeros_like(cost)
    found: list[NDArray[np.float64]] = []
    for part, before in zip(parts, (0.0, *parts), strict=False):
        _move(np.asarray(supplies, np.float64) * (part - before), demand, cost, flow)
        found.append((flow * cost).sum(axis=(1, 2)))
    return found


def _move(
    supply: NDArray[np.float64], demand: NDArray[np.float64], cost: NDArray[np.float64], flow: NDArray[np.float64]
) -> None:
    """Send all supplies on their cheapest ways; changes supply, demand and flow."""
    active = np.arange(len(supply))
    for _ in range(_MOST_PATHS):
        active = active[(supply[active].max(axis=1, initial=0.0) > _LEFT) & (demand[active].max(axis=1) > _LEFT)]
        if not len(active):
            break
        part = supply[active], demand[active], cost[active], flow[active]
        _augment(*part)
        supply[active], demand[active], flow[active] = part[0], part[1], part[3]


def _augment(
    supply: NDArray[np.float64], demand: NDArray[np.float64], cost: NDArray[np.float64], flow: NDArray[np.float64]
) -> None:
    """Send as much as fits along the cheapest path of each problem; changes supply, demand and flow."""
    count, sources = supply.shape
    rows = np.arange(count)
    # From source k to source l: k takes over some of l's place at the sink where that costs least.
    swap = np.where(flow[:, None] > _LEFT, cost[:, :, None] - cost[:, None], np.inf)  # (n, k, l, m)
    via = swap.argmin(axis=3)
    step = swap.min(axis=3) + _DETOUR
    distance = np.where(supply > _LEFT, 0.0, np.inf)
    before = np.full((count, sources), -1)
    for _ in range(sources - 1):
        through = distance[:, :, None] + step
        nearest = through.argmin(axis=1)
        reached = through.min(axis=1)
        better = reached < distance - 1e-12
        distance, before = np.where(better, reached, distance), np.where(better, nearest, before)
    ends = distance[:, :, None] + np.where(demand[:, None] > _LEFT, cost, np.inf)
    last, sink = np.divmod(ends.reshape(count, -1).argmin(axis=1), demand.shape[1])
    amount = demand[rows, sink]
    path: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    at = last
    for _ in range(sources - 1):
        origin = before[rows, at]
        moving = np.flatnonzero(origin >= 0)
        if not len(moving):
            break
        place = via[moving, origin[moving], at[moving]]
        amount[moving] = np.minimum(amount[moving], flow[moving, at[moving], place])
        path.append((moving, at.copy(), place))
        at = np.where(origin >= 0, origin, at)
    amount = np.minimum(amount, supply[rows, at])
    flow[rows, last, sink] += amount
    demand[rows, sink] -= amount
    supply[rows, at] -= amount
    for moving, target, place in path:
        origin = before[moving, target[moving]]
        flow[moving, target[moving], place] -= amount[moving]
        flow[moving, origin, place] += amount[moving]
