"""Which model is recommended: by the size of the library, the machine, and what was measured on it."""

from types import SimpleNamespace

import psutil
import pytest

from desktop_app.domain.models import Speed
from desktop_app.engine.models import recommending
from desktop_app.engine.models.recommending import recommended

GIGABYTE = 1_000_000_000


def speed(rate: float) -> Speed:
    return Speed(rate, 0.0, 20, "cpu", "float32")


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cores and 16 GB."""
    monkeypatch.setattr(recommending, "usable_cores", lambda: 2)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=16 * GIGABYTE))


def test_the_smaller_the_library_the_larger_the_model() -> None:
    names = [recommended(photos, {})[0] for photos in (500, 5_000, 30_000, 1_000_000)]
    assert names == ["clip-ViT-L-14", "clip-ViT-L-14", "siglip2-base", "clip-ViT-B-32"]
    name, why = recommended(1_859, {})
    assert (name, why) == ("clip-ViT-L-14", "about 28 minutes for 1,859 photos on this computer")
    assert "the quickest" in recommended(1_000_000, {})[1]


def test_what_was_measured_counts_for_that_model_and_by_its_cost_for_the_others() -> None:
    assert recommended(1_000_000, {"clip-ViT-B-32": speed(2_000.0)})[0] == "clip-ViT-L-14"  # a graphics card
    assert recommended(5_000, {"clip-ViT-L-14": speed(0.2)})[0] == "siglip2-base"
    assert recommended(5_000, {"clip-ViT-L-14": speed(0.05)})[0] == "clip-ViT-B-32"
    assert recommended(5_000, {"clip-ViT-L-14": speed(0.05), "siglip2-base": speed(5.0)})[0] == "siglip2-base"


def test_a_small_machine_gets_a_model_that_fits_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=4 * GIGABYTE))
    assert recommended(500, {})[0] == "clip-ViT-B-32"
