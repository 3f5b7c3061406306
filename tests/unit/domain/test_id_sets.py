"""Sets of ids."""

import numpy as np
import pytest

from desktop_app.domain.id_sets import ascending


@pytest.mark.parametrize("given", [[], [3], [5, 1, 5, 2, 1], list(range(50)), [0, -1, 2**62]])
def test_each_id_comes_once_in_order(given: list[int]) -> None:
    assert ascending(np.array(given, np.int64)).tolist() == sorted(set(given))
