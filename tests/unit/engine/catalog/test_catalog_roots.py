"""Watched folders: one inside another is one; offline comes back; elsewhere keeps everything."""

from pathlib import Path

import pytest
from fixtures.readings import photo, problem

from desktop_app.domain.browsing import Listing, Scope
from desktop_app.domain.kinds import ScopeKind, State
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.errors import KnownError


def test_same_folder_twice_and_one_inside(catalog, root, put):
    put({"a.jpg": photo()})
    assert catalog.add_root(root.path).id == root.id
    assert catalog.add_root(root.path / "inner" / "most").id == root.id
    assert [(found.path, found.items) for found in catalog.roots()] == [(root.path, 1)]


def test_outer_folder_absorbs_inner_ones_with_their_items(catalog, tmp_path):
    inner = catalog.add_root(tmp_path / "Pictures" / "2024")
    beside = catalog.add_root(tmp_path / "Pictures-old")
    ids = catalog.upsert_readings(
        [ItemWrite(None, inner.id, "a.jpg", photo("a")), ItemWrite(None, inner.id, "d/b.jpg", photo("b"))]
    )
    catalog.set_rating(ids, 5)
    outer = catalog.add_root(tmp_path / "Pictures")
    assert {found.path for found in catalog.roots()} == {outer.path, beside.path}
    assert [row.path for row in catalog.rows(ids)] == [
        tmp_path / "Pictures" / "2024" / "a.jpg",
        tmp_path / "Pictures" / "2024" / "d" / "b.jpg",
    ]
    assert catalog.known_files(outer.id).relpath == ["2024/a.jpg", "2024/d/b.jpg"]
    assert catalog.tree().folders[0].children[0].children[0].value.endswith("Pictures/2024/d")
    assert catalog.find("2024 rating:5")[0] == 2


def test_removing_a_root_takes_its_items_along(catalog, root, put, tmp_path):
    ids = put({"a.jpg": photo("a", keywords=("x",)), "b.jpg": photo("b")})
    catalog.save_playlist("P", ids)
    other = catalog.add_root(tmp_path / "Music")
    (kept,) = catalog.upsert_readings([ItemWrite(None, other.id, "c.jpg", photo("c"))])
    assert catalog.remove_root(root.id) == 2
    assert [found.id for found in catalog.roots()] == [other.id]
    assert catalog.find("")[1][0].id == kept
    assert all(finding.ok for finding in catalog.check())


def test_unreachable_root_goes_offline_and_comes_back(catalog, root, put):
    here, gone, bad = put({"a.jpg": photo("a"), "b.jpg": photo("b"), "c.jpg": problem()})
    catalog.set_states([gone], State.MISSING)
    assert catalog.set_root_reachable(root.id, False) == 1
    assert not catalog.roots()[0].reachable
    assert [row.state for row in catalog.rows([here, gone, bad])] == [State.OFFLINE, State.MISSING, State.PROBLEM]
    assert catalog.set_root_reachable(root.id, True) == 1
    assert [row.state for row in catalog.rows([here, gone, bad])] == [State.PRESENT, State.MISSING, State.PROBLEM]


def test_relocate(catalog, root, put, tmp_path):
    (number,) = put({"a.jpg": photo()})
    catalog.relocate_root(root.id, tmp_path / "Elsewhere")
    assert catalog.path_of(number) == tmp_path / "Elsewhere" / "a.jpg"
    other = catalog.add_root(tmp_path / "Other")
    with pytest.raises(KnownError, match="overlaps"):
        catalog.relocate_root(other.id, tmp_path / "Elsewhere" / "inside")
    with pytest.raises(KnownError, match="not in the library"):
        catalog.relocate_root(99, tmp_path / "Nowhere")


def test_flags(catalog, root):
    catalog.set_root_paused(root.id, True)
    catalog.set_root_polled(root.id, True)
    found = catalog.roots()[0]
    assert (found.paused, found.polled) == (True, True)


def test_root_whose_name_is_no_unicode(catalog):
    path = Path(b"/data/caf\xe9".decode("utf-8", "surrogateescape"))
    made = catalog.add_root(path)
    assert made.path == path
    catalog.upsert_readings([ItemWrite(None, made.id, "a.jpg", photo())])
    assert catalog.items_by_paths([path / "a.jpg"])[path / "a.jpg"].path == path / "a.jpg"
    assert Path(catalog.tree().folders[0].value) == path


def test_whole_disk_as_a_root(catalog):
    made = catalog.add_root(Path("/"))
    (number,) = catalog.upsert_readings([ItemWrite(None, made.id, "a/b.jpg", photo())])
    assert catalog.items_by_paths([Path("/a/b.jpg")])[Path("/a/b.jpg")].id == number
    folder = catalog.tree().folders[0]
    for value in (folder.value, folder.children[0].value):
        assert catalog.ids(Listing(Scope(ScopeKind.FOLDER, value))).ids.tolist() == [number]
