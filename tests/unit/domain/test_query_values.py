"""What a typed value of the search language means."""

import pytest

from desktop_app.domain.query import Field
from desktop_app.domain.query_values import interval


@pytest.mark.parametrize(
    ("field", "value", "number"),
    [
        (Field.SIZE, "15.5kB", 15_500),
        (Field.SIZE, "15,5kB", 15_500),
        (Field.APERTURE, "2,8", 2.8),
        (Field.BPM, "120,25", 120.25),
    ],
)
def test_a_decimal_comma_is_a_point(field: Field, value: str, number: float) -> None:
    assert interval(field, value).number == pytest.approx(number)


@pytest.mark.parametrize("value", ["1,500", "1,,5", ",5", "1,5,2"])
def test_what_may_mean_something_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        interval(Field.ISO, value)
