"""The one scale: of the versions in use, rising, and right on pictures that it was not fitted on."""

import numpy as np
import pytest
from fixtures.media import picture
from fixtures.one_file import describe_photo

from desktop_app.domain.spaces import Metric
from desktop_app.engine.descriptors.calibration import fitted
from desktop_app.engine.descriptors.spaces import DEFAULT_WEIGHTS, SPACES, percent
from desktop_app.engine.search.fusion import raw_scores


@pytest.mark.parametrize("space", list(SPACES))
def test_the_scale_is_of_the_version_in_use(space: str) -> None:
    version, _ = fitted()[space]
    assert version == SPACES[space].version, "run resources/descriptors/fit_calibration.py for the new version"


@pytest.mark.parametrize("space", list(SPACES))
def test_knots_rise_from_nothing_to_all(space: str) -> None:
    raw, read = np.array(fitted()[space][1]).T
    assert (np.diff(raw) > 0).all() and (np.diff(read) > 0).all()
    assert read[0] == 0.0 and read[-1] == 1.0 and raw[-1] == 1.0


@pytest.mark.parametrize("space", sorted({name for shares in DEFAULT_WEIGHTS.values() for name in shares} - {"sound"}))
def test_copies_read_as_copies_and_others_as_others(space: str) -> None:
    pictures = [picture(seed, (320, 240)) for seed in range(24)]
    plain = np.stack([describe_photo(each)[space] for each in pictures])
    smaller = np.stack([describe_photo(np.ascontiguousarray(each[::2, ::2]))[space] for each in pictures])
    spec = SPACES[space]
    assert spec.metric is Metric.COSINE
    shown = percent(space, raw_scores(spec, plain, smaller))
    copies, others = np.diag(shown), shown[~np.eye(len(pictures), dtype=bool)]
    assert np.median(copies) >= 0.9
    assert copies.min() > np.quantile(others, 0.9)  # they are painted in one manner: others are no strangers
