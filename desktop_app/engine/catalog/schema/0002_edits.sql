-- The edits that can be taken back, and what each needs for its way back and forth. One row in `edit` for each; in the
-- others what it changed, by table. They outlive the program, and are bounded (see edit_log.py).

INSERT INTO counter VALUES ('edit', 0);

CREATE TABLE edit (
    id BIGINT NOT NULL,
    label VARCHAR NOT NULL,             -- 'Rate 2 Photos'
    made_at DOUBLE NOT NULL,            -- seconds since the epoch
    weight BIGINT NOT NULL,             -- of its rows in the other tables
    undone BOOLEAN NOT NULL DEFAULT false
);

CREATE TABLE edit_rating (edit_id BIGINT NOT NULL, item_id BIGINT NOT NULL, before UTINYINT NOT NULL, after UTINYINT NOT NULL);

-- Tags that were added, or taken away (also with their items).
CREATE TABLE edit_tag (
    edit_id BIGINT NOT NULL,
    added BOOLEAN NOT NULL,
    item_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    folded VARCHAR NOT NULL
);

-- A playlist as it was before and is after; no row: there was, or is, none.
CREATE TABLE edit_playlist (
    edit_id BIGINT NOT NULL,
    after BOOLEAN NOT NULL,
    id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    created_at DOUBLE NOT NULL,
    updated_at DOUBLE NOT NULL
);

-- The places in those, and the ones that were lost with items.
CREATE TABLE edit_entry (
    edit_id BIGINT NOT NULL,
    after BOOLEAN NOT NULL,
    playlist_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    item_id BIGINT NOT NULL
);

-- Folders that were taken out (no row after), or said to lie elsewhere.
CREATE TABLE edit_root AS SELECT 0::BIGINT AS edit_id, false AS after, * FROM root LIMIT 0;

-- Items that were taken out. A later step that gives `item` a column gives it to this table too.
CREATE TABLE edit_item AS SELECT 0::BIGINT AS edit_id, * FROM item LIMIT 0;

-- Where trashed files lay, and where they lie now; escaped as item.relpath.
CREATE TABLE edit_file (edit_id BIGINT NOT NULL, item_id BIGINT NOT NULL, path VARCHAR NOT NULL, trashed VARCHAR NOT NULL);
