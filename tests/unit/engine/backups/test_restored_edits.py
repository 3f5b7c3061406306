"""What can be undone in a library that was restored: nothing that moves a file."""

from pathlib import Path

from desktop_app.domain.backups import Reason
from desktop_app.domain.ids import ItemId
from desktop_app.engine.backups import restoring
from desktop_app.engine.backups.making import make_backup
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.edit_log import PARTS
from desktop_app.engine.catalog.encoding import encode_path
from desktop_app.engine.history import History
from desktop_app.engine.index import IndexStore
from desktop_app.paths import Profile


def test_undo_after_a_restore_moves_no_file(filled: Catalog, profile: Profile, tmp_path: Path) -> None:
    """Whoever made the backup may have written any two places into its log of edits."""
    place, start = tmp_path / "downloaded", tmp_path / "autostart" / "x.desktop"
    place.write_text("a program")
    before = [row.rating for row in filled.rows([ItemId(1)])]
    filled.log.rate([1], 1)
    filled.log.rate([2], 3)
    with filled.database.writing():
        filled.database.run(
            "INSERT INTO edit_file SELECT max(id), 2, ?, ? FROM edit", [encode_path(start), encode_path(place)]
        )
    dropped = filled.log.last()
    assert dropped is not None and dropped.trashed
    made = make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED)
    filled.close()
    restoring.restore(profile, made.path)
    with Catalog.open(profile.catalog_path) as catalog:
        history = History(catalog, IndexStore(profile.index_dir), lambda: None)
        for part in PARTS:
            assert not catalog.database.rows(f"SELECT * FROM {part} WHERE edit_id = ?", [dropped.id]), part
        assert history.labels[0]
        history.undo()
        assert [row.rating for row in catalog.rows([ItemId(1), ItemId(2)])] == [*before, 3]
    assert place.exists() and not start.parent.exists()
