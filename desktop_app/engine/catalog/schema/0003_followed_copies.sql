-- Items that went to where their bytes had been copied when their own files were gone, and where those lay: if they come
-- back, the items do, too.

CREATE TABLE followed_copy (
    item_id BIGINT NOT NULL,
    root_id BIGINT NOT NULL,
    relpath VARCHAR NOT NULL,           -- escaped as item.relpath
    followed_at DOUBLE NOT NULL         -- seconds since the epoch
);
