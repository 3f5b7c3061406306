"""What a track's file says of itself (mutagen), and its cover."""

import base64
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import mutagen
import mutagen.flac

from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import TrackMetadata
from desktop_app.engine.media.border import decoding, not_a, open_media
from desktop_app.engine.media.covers import embedded_cover, folder_cover
from desktop_app.engine.media.formats import HEAD_BYTES, track_signature
from desktop_app.engine.media.sanitise import TAG_ERRORS, keywords_of, text_of, whole_within, within
from desktop_app.engine.media.streams import NoAudioError, open_stream
from desktop_app.errors import UnreadableFileError
