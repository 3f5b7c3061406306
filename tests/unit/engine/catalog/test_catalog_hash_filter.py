"""What is surely new is known without reading all; nothing that is known is ever taken for new."""

import pytest
from fixtures.readings import photo, problem

from desktop_app.engine.catalog import Catalog


def test_only_what_items_have_is_possible(catalog, put):
    put({"a.jpg": photo("one"), "b.jpg": photo("two"), "c.jpg": problem(None)})
    assert catalog.possible_contents(["one", "two", "three"]) == ["one", "two"]
    assert catalog.possible_payloads(["p:one", "p:three", "one"]) == ["p:one"]
    assert catalog.possible_contents([]) == []


def test_an_empty_catalogue_knows_nothing_and_then_what_is_added(catalog, put):
    assert catalog.possible_contents(["one"]) == catalog.possible_payloads(["p:one"]) == []
    put({"a.jpg": photo("one")})
    assert catalog.possible_contents(["one", "two"]) == ["one"]
    assert catalog.possible_payloads(["p:two", "p:one"]) == ["p:one"]


def test_what_an_edit_of_the_file_brings_is_noted(catalog, put):
    put({"a.jpg": photo("one")})
    assert catalog.possible_contents(["edited"]) == []
    put({"a.jpg": photo("edited")})
    assert catalog.possible_contents(["edited"]) == ["edited"]


def test_what_is_put_back_is_known_again(catalog, put):
    ids = put({"a.jpg": photo("one"), "b.jpg": photo("two")})
    catalog.log.remove(ids[:1])
    assert catalog.possible_contents(["two"]) == ["two"]
    catalog.log.undo(catalog.log.last())
    assert catalog.possible_contents(["one", "two"]) == ["one", "two"]


def test_after_a_rollback_nothing_is_lost_and_payloads_stay_single(catalog, put):
    put({"a.jpg": photo("one")})
    with pytest.raises(RuntimeError), catalog.transaction():
        put({"b.jpg": photo("two")})
        raise RuntimeError("the power fails")
    first, second = put({"b.jpg": photo("two"), "c.jpg": photo("again", payload="p:two")})
    assert catalog.rows([first, second])[0].path.name == "b.jpg"
    assert [item.id for item in catalog.items_by_payload(catalog.possible_payloads(["p:two"]))] == [first, second]
    ids, payloads = catalog.item_payloads()
    assert payloads[ids == first] == payloads[ids == second]
    assert not [finding for finding in catalog.check() if finding.faults]


def test_opening_again_reads_anew(catalog, put):
    put({"a.jpg": photo("one")})
    assert catalog.possible_contents(["one"]) == ["one"]
    catalog.close()
    with Catalog.open(catalog.database.path) as again:
        assert again.possible_contents(["one", "two"]) == ["one"]
