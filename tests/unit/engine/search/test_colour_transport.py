"""The exact earth mover's distance, against a linear program and against Sinkhorn in the log domain."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.special import logsumexp

from desktop_app.engine.descriptors.colour_difference import ciede2000
from desktop_app.engine.search.colour_transport import transport_costs

Matrix = NDArray[np.float64]


def by_linear_program(supply: Matrix, demand: Matrix, cost: Matrix) -> float:
    """Of one problem: supplies (k,) all leave, demands (m,) take at most so much."""
    k, m = cost.shape
    leaving = np.kron(np.eye(k), np.ones(m))
    arriving = np.kron(np.ones(k), np.eye(m))
    return float(linprog(cost.ravel(), A_ub=arriving, b_ub=demand + 1e-12, A_eq=leaving, b_eq=supply).fun)


def by_sinkhorn(supply: Matrix, demand: Matrix, cost: Matrix, blur: float) -> float:
    """Balanced, in the log domain (Cuturi 2013; Peyré and Cuturi 2019, §4.4), with ``blur`` in units of the cost."""
    log_supply, log_demand = np.log(supply), np.log(demand)
    first, second = np.zeros(len(supply)), np.zeros(len(demand))
    for _ in range(20_000):
        before = first
        first = blur * (log_supply - logsumexp((second[None] - cost) / blur, axis=1))
        second = blur * (log_demand - logsumexp((first[:, None] - cost) / blur, axis=0))
        if np.abs(first - before).max() < 1e-10:
            break
    plan = np.exp((first[:, None] + second[None] - cost) / blur)
    return float((plan * cost).sum())


@pytest.fixture
def problems() -> tuple[Matrix, Matrix, Matrix]:
    """Forty of five palette colours and nine colours of a photo, at costs as palettes have."""
    random = np.random.default_rng(7)
    supplies = random.dirichlet(np.ones(5), 40)
    demands = random.dirichlet(np.full(9, 0.6), 40) + 1e-6
    costs = 1 - np.exp(-((random.uniform(0, 60, (40, 5, 9)) / 12) ** 2) / 2)
    return supplies, demands / demands.sum(axis=1, keepdims=True), costs


def transport_cost(supplies: Matrix, demands: Matrix, costs: Matrix) -> Matrix:
    return transport_costs(supplies, demands, costs, (1.0,))[0]


@pytest.mark.parametrize("part", [1.0, 0.5, 0.05])
def test_a_linear_program_finds_the_same(problems: tuple[Matrix, Matrix, Matrix], part: float) -> None:
    supplies, demands, costs = problems
    found = transport_cost(part * supplies, demands, costs)
    expected = [by_linear_program(part * s, d, c) for s, d, c in zip(supplies, demands, costs, strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_sinkhorn_in_the_log_domain_comes_to_the_same(problems: tuple[Matrix, Matrix, Matrix]) -> None:
    supplies, demands, costs = (part[:8] for part in problems)
    exact = transport_cost(supplies, demands, costs)
    for blur, tolerance in ((0.02, 0.02), (0.004, 0.004)):  # nearer the truth the less it blurs
        blurred = [by_sinkhorn(s, d, c, blur) for s, d, c in zip(supplies, demands, costs, strict=True)]
        np.testing.assert_allclose(exact, blurred, atol=tolerance)
        assert (np.array(blurred) >= exact - 1e-6).all()  # a plan that blurs can't cost less than the best


def test_mass_that_need_not_move_costs_nothing() -> None:
    costs = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    assert transport_cost(np.array([[0.3, 0.7]]), np.array([[0.3, 0.7]]), costs) == pytest.approx([0.0], abs=1e-12)
    assert transport_cost(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]), costs) == pytest.approx([0.5])


def test_more_supply_than_demand_is_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        transport_cost(np.array([[1.0]]), np.array([[0.5]]), np.zeros((1, 1, 1)))


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [  # from the formula's authors' test data
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_of_colours_are_those_published(first: object, second: object, difference: float) -> None:
    one, two = np.array(first, np.float64), np.array(second, np.float64)
    assert ciede2000(one, two) == pytest.approx(difference, abs=1e-4)
    assert ciede2000(two, one) == pytest.approx(difference, abs=1e-4)
