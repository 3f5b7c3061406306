"""The tests that mount something, for those who are not root: in a namespace where they are."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PATIENCE = 900.0


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces of Linux")
@pytest.mark.parametrize(
    "words", [("test_full_disk.py",), ("test_roots.py", "-k", "unmounted or stick")], ids=lambda words: words[0]
)
def test_the_same_in_a_namespace(words: tuple[str, ...], tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root needs no namespace")
    apart = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or _fails([*apart, sys.executable, "-c", ""]):
        pytest.skip("this system gives its users no namespaces that Python can be run in")
    command = [*apart, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", tmp_path / "inner"]
    done = subprocess.run(
        [*command, HERE / words[0], *words[1:]],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0 and " passed" in done.stdout and "skipped" not in done.stdout, done.stdout + done.stderr


def _fails(words: list[str]) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode != 0
