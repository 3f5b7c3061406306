"""Vectors go in and come out by payload, shared by copies."""

import numpy as np
import pytest
from fixtures.readings import photo, problem, track

from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import Waveform
from desktop_app.engine.catalog.vectors import table_name
from desktop_app.errors import BugError

RANDOM = np.random.default_rng(7)


def unit(count: int, dim: int) -> np.ndarray:
    """Random unit vectors, float32 (count, dim)."""
    found = RANDOM.normal(size=(count, dim)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_vectors_come_back_as_float16_precision(catalog):
    given = unit(300, 512)
    hashes = [f"p:{number}" for number in range(300)]
    catalog.put_vectors("look", 1, hashes, given)
    found, matrix = catalog.vectors("look", 1, [hashes[7], "p:none", hashes[3], hashes[7]])
    assert found == [hashes[7], hashes[3]]
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix, given[[7, 3]].astype(np.float16).astype(np.float32))


def test_bits_come_back_as_bytes(catalog, put):
    ids = put({f"{number}.jpg": photo(f"c{number}") for number in range(4)})
    bits = RANDOM.integers(0, 256, (4, 32), dtype=np.uint8)
    catalog.put_vectors("phash", 2, [f"p:c{number}" for number in range(4)], bits)
    found, matrix = catalog.vectors_of_items("phash", 2, ids[::-1])
    assert found.tolist() == ids[::-1]
    assert matrix.dtype == np.uint8
    np.testing.assert_array_equal(matrix, bits[::-1])


def test_first_vector_of_a_payload_stays(catalog):
    first, second = unit(1, 8), unit(1, 8)
    catalog.put_vectors("look", 1, ["p:a", "p:a"], np.concatenate([first, second]))
    catalog.put_vectors("look", 1, ["p:a"], second)
    found, matrix = catalog.vectors("look", 1, ["p:a"])
    assert len(found) == 1
    assert matrix.shape == (1, 8)
    assert catalog.stored_spaces() == [("look", 1, 1)]


def test_copies_share_a_vector(catalog, put):
    a, b, c = put({"a.jpg": photo("x"), "b.jpg": photo("x"), "c.jpg": photo("y")})
    catalog.put_vectors("look", 1, ["p:x"], unit(1, 8))
    found, matrix = catalog.vectors_of_items("look", 1, [c, b, a])
    assert found.tolist() == [b, a]
    np.testing.assert_array_equal(matrix[0], matrix[1])
    assert catalog.vector_items("look", 1).tolist() == [a, b]
    assert catalog.items_without_vectors("look", 1, Kind.PHOTO).tolist() == [c]
    assert catalog.items_without_vectors("look", 2, Kind.PHOTO, 2).tolist() == [a, b]
    assert catalog.detail(a).spaces == ("look",)
    assert catalog.detail(c).spaces == ()


def test_vectors_survive_removal_problem_and_absence(catalog, put):
    (number,) = put({"a.jpg": photo("x")})
    catalog.put_vectors("look", 1, ["p:x"], unit(1, 8))
    catalog.set_states([number], State.OFFLINE)
    assert catalog.vector_items("look", 1).tolist() == [number]
    put({"a.jpg": problem("other")})
    assert catalog.vector_items("look", 1).tolist() == []
    catalog.remove_items([number])
    (again,) = put({"b.jpg": photo("x")})
    assert catalog.vector_items("look", 1).tolist() == [again]


def test_payloads_with_vectors_have_all_of_them(catalog):
    catalog.put_vectors("look", 1, ["p:a", "p:b"], unit(2, 8))
    catalog.put_vectors("colour", 3, ["p:b"], unit(1, 4))
    assert catalog.payloads_with_vectors({"look": 1}, ["p:a", "p:b", "p:c"]) == {"p:a", "p:b"}
    assert catalog.payloads_with_vectors({"look": 1, "colour": 3}, ["p:a", "p:b"]) == {"p:b"}
    assert catalog.payloads_with_vectors({"look": 2}, ["p:a"]) == set()
    assert catalog.payloads_with_vectors({"look": 1}, []) == set()


def test_varying_lengths(catalog):
    prints = [np.arange(5, dtype=np.uint8), np.arange(9, dtype=np.uint8)]
    catalog.put_vectors("fingerprint", 1, ["p:a"], prints[:1])
    catalog.put_vectors("fingerprint", 1, ["p:b"], prints[1:])
    found = catalog.varying_vectors("fingerprint", 1, ["p:b", "p:a", "p:c", "p:a"])
    assert {text: row.tolist() for text, row in found.items()} == {"p:a": prints[0].tolist(), "p:b": prints[1].tolist()}
    assert catalog.vectors("fingerprint", 1, ["p:a"])[0] == []
    assert catalog.vectors_of_items("fingerprint", 1, [1])[0].tolist() == []
    assert catalog.varying_vectors("fingerprint", 9, ["p:a"]) == {}
    catalog.put_vectors("rhythm", 1, ["p:a"], [np.ones(3, np.float32)])
    assert catalog.varying_vectors("rhythm", 1, ["p:a"])["p:a"].dtype == np.float32


def test_read_in_chunks(catalog, put):
    ids = put({f"{number}.jpg": photo(f"c{number}") for number in range(25)})
    given = unit(25, 16)
    catalog.put_vectors("look", 1, [f"p:c{number}" for number in range(25)], given)
    chunks = list(catalog.iterate_vectors("look", 1, ids, chunk=10))
    assert [len(found) for found, _ in chunks] == [10, 10, 5]
    assert np.concatenate([found for found, _ in chunks]).tolist() == ids
    joined = np.concatenate([matrix for _, matrix in chunks])
    np.testing.assert_allclose(joined, given, atol=1e-3)


def test_unknown_space_has_nothing(catalog):
    assert catalog.vector_items("look", 1).tolist() == []
    found, matrix = catalog.vectors_of_items("look", 1, [1])
    assert (len(found), len(matrix)) == (0, 0)
    assert catalog.vectors("look", 1, ["p:a"])[0] == []


def test_misuse_is_a_bug(catalog):
    with pytest.raises(BugError):
        catalog.put_vectors("look", 1, ["p:a"], unit(2, 8))
    with pytest.raises(BugError):
        table_name("look; DROP TABLE item", 1)
    catalog.put_vectors("look", 1, [], [])
    catalog.put_vectors("look", 1, ["p:a"], unit(1, 8))
    with pytest.raises(BugError):
        catalog.put_vectors("look", 1, ["p:b"], np.zeros((1, 8), np.uint8))


def test_space_can_be_given_up(catalog):
    catalog.put_vectors("look", 1, ["p:a"], unit(1, 8))
    catalog.drop_vectors("look", 1)
    assert catalog.stored_spaces() == []
    catalog.put_vectors("look", 1, ["p:a"], unit(1, 4))
    assert catalog.vectors("look", 1, ["p:a"])[1].shape == (1, 4)


def test_waveforms(catalog, put):
    a, b, _ = put({"a.mp3": track("a"), "b.mp3": track("b"), "c.mp3": track("a")})
    assert catalog.items_without_waveform(10) == [(a, "p:a"), (b, "p:b")]
    made = Waveform(bytes(range(10)), bytes(10), -14.2)
    catalog.put_waveform("p:a", made)
    catalog.put_waveform("p:a", made)
    catalog.put_waveform("p:b", None)
    assert catalog.waveform("p:a") == made
    assert catalog.waveform("p:b") is None
    assert catalog.waveform("p:none") is None
    assert catalog.items_without_waveform(10) == []
    assert catalog.detail(a).loudness == pytest.approx(-14.2)
    assert catalog.detail(b).loudness is None
