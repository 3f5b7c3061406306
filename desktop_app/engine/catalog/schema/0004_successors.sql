-- Items that something was said of and that left their places to new ones: what was moved aside while its edit was saved.
-- If they are deleted soon, those have what was said. Not followed_copy: nobody comes back from here.

CREATE TABLE successor (
    item_id BIGINT NOT NULL,
    by_id BIGINT NOT NULL,              -- the item that has the place
    root_id BIGINT NOT NULL,
    relpath VARCHAR NOT NULL,           -- escaped as item.relpath
    noted_at DOUBLE NOT NULL            -- seconds since the epoch
);
