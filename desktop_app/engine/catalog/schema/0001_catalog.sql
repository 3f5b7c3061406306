-- The catalogue, first version. No foreign keys and no unique indexes: places change when files move, and DuckDB
-- checks such constraints too eagerly on updates. `akin doctor` checks instead. Ids come from `counter`.

CREATE TABLE counter (name VARCHAR NOT NULL, value BIGINT NOT NULL);
INSERT INTO counter VALUES ('root', 0), ('item', 0), ('payload', 0), ('playlist', 0), ('sequence', 0);

CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL);

CREATE TABLE root (
    id BIGINT NOT NULL,
    path VARCHAR NOT NULL,              -- escaped as item.relpath
    reachable BOOLEAN NOT NULL DEFAULT true,
    paused BOOLEAN NOT NULL DEFAULT false,
    polled BOOLEAN NOT NULL DEFAULT false,
    ignored BIGINT NOT NULL DEFAULT 0   -- regular files that are no media, as of the last scan
);

-- One row per place with its content. Names that are no valid Unicode are escaped (see encoding.py).
CREATE TABLE item (
    id BIGINT NOT NULL,
    root_id BIGINT NOT NULL,
    relpath VARCHAR NOT NULL,           -- below the root, with '/'
    folder VARCHAR NOT NULL,            -- relpath without the name
    name VARCHAR NOT NULL,
    ext VARCHAR NOT NULL,               -- lower case, without the dot
    kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,
    size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    content_hash VARCHAR,
    payload_hash VARCHAR,
    payload_id BIGINT,                  -- payload.id: what vectors and analyses are kept under
    added_at DOUBLE NOT NULL,           -- seconds since the epoch
    seeded BOOLEAN NOT NULL,            -- the file's own rating and keywords were taken over
    rating UTINYINT NOT NULL DEFAULT 0,
    has_thumbnail BOOLEAN NOT NULL DEFAULT false,
    companion_of BIGINT,                -- of a RAW: the photo it stands behind
    companion_id BIGINT,                -- of that photo: the RAW
    title VARCHAR,
    format VARCHAR,
    taken TIMESTAMP,                    -- local time of the camera
    taken_offset VARCHAR,               -- '+02:00'
    camera VARCHAR,
    lens VARCHAR,
    exposure_seconds DOUBLE,
    aperture DOUBLE,
    iso BIGINT,
    focal_length_mm DOUBLE,
    latitude DOUBLE,
    longitude DOUBLE,
    altitude_m DOUBLE,
    orientation INTEGER,
    width BIGINT,
    height BIGINT,
    artist VARCHAR,
    album VARCHAR,
    album_artist VARCHAR,
    genre VARCHAR,
    year BIGINT,
    track_number BIGINT,
    disc_number BIGINT,
    composer VARCHAR,
    comment VARCHAR,
    duration DOUBLE,
    sample_rate BIGINT,
    channels BIGINT,
    bit_rate BIGINT,
    tagged_tempo DOUBLE,
    has_cover BOOLEAN,
    file_rating UTINYINT,               -- what the file says; the user's is item.rating
    file_keywords VARCHAR[],
    extra VARCHAR,                      -- JSON object: further fields for the detail panel
    tempo DOUBLE,                       -- copied from analysis, to filter and sort by
    tempo_confidence DOUBLE,
    key VARCHAR,
    scale VARCHAR,
    key_confidence DOUBLE,
    words VARCHAR NOT NULL DEFAULT ''   -- folded text that the words of a query are looked for in
);

-- Pixels or samples without their tags: exact copies and retagged files share one payload and so its vectors.
CREATE TABLE payload (id BIGINT NOT NULL, hash VARCHAR NOT NULL);

CREATE TABLE analysis (
    payload_id BIGINT NOT NULL,
    tempo DOUBLE,
    tempo_confidence DOUBLE NOT NULL,
    key VARCHAR,
    scale VARCHAR,
    key_confidence DOUBLE NOT NULL
);

-- Of the whole track. Empty peaks: it was tried and can't be made.
CREATE TABLE waveform (payload_id BIGINT NOT NULL, peaks BLOB NOT NULL, rms BLOB NOT NULL, loudness DOUBLE);

-- One table vector_<name>_<version> (payload_id BIGINT, data BLOB) per row, so that a space is read, and dropped, alone.
-- dtype 'f2': float16 little-endian, 'u1': bytes. dim 0: varying length.
CREATE TABLE space (name VARCHAR NOT NULL, version BIGINT NOT NULL, dtype VARCHAR NOT NULL, dim BIGINT NOT NULL);

CREATE TABLE tag (
    item_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,              -- as the user spells it
    folded VARCHAR NOT NULL             -- lower case, without accents
);

CREATE TABLE playlist (id BIGINT NOT NULL, name VARCHAR NOT NULL, created_at DOUBLE NOT NULL, updated_at DOUBLE NOT NULL);
CREATE TABLE playlist_entry (playlist_id BIGINT NOT NULL, position BIGINT NOT NULL, item_id BIGINT NOT NULL);
