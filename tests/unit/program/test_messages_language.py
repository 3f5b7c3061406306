"""The system's own words are in Akin's language, whatever the user's is: they stand in its sentences."""

import os
import subprocess
import sys

import pytest

ASKED = """
import locale
from desktop_app.app import make_application

application = make_application()
print(locale.setlocale(locale.LC_MESSAGES), locale.setlocale(locale.LC_TIME))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its C library has no messages of its own")
def test_the_systems_messages_are_not_the_users_language() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASKED],
        env={**os.environ, "LC_ALL": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert asked.stdout.split() == ["C", "C.UTF-8"]
