"""Where a backup may be written: never over what is none."""

from pathlib import Path

import pytest

from desktop_app.domain.backups import Reason
from desktop_app.engine.backups.making import make_backup
from desktop_app.engine.catalog import Catalog
from desktop_app.errors import KnownError


@pytest.mark.parametrize("name", ["best.jpg", "letters.zip"])
def test_no_file_is_replaced_but_a_backup(filled: Catalog, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_bytes(b"a photo, or PK\x03\x04")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(KnownError, match="another file"):
        make_backup(filled.database, target, reason=Reason.ASKED)
    assert (target.read_bytes(), sorted(tmp_path.iterdir())) == (b"a photo, or PK\x03\x04", before)
    target.unlink()
    first = make_backup(filled.database, target, reason=Reason.ASKED)
    filled.log.rate([1], 1)
    assert make_backup(filled.database, target, reason=Reason.ASKED).made_at > first.made_at
