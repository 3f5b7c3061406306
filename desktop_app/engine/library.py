"""The library without a screen: plain Python, synchronous, no Qt. A facade; it holds no SQL and no feature code."""
# Contract of the signatures (being filled in):
#
# class Library:
#     open(profile: Profile, *, settings: Settings | None = None, jobs: int | None = None) -> Library   (classmethod)
#     close() -> None                      # saves indexes, ends workers; also a context manager
#     profile, settings, catalog, store, thumbnails
#
#     # roots and indexing
#     add_root(path: Path) -> ChangeSet ; remove_root(path) -> ChangeSet ; relocate_root(old, new) -> ChangeSet
#     set_root_paused(root_id, paused) -> ChangeSet ; roots() -> list[Root]
#     index(roots: Sequence[Path] | None = None, *, control: RunControl) -> Iterator[Progress]   # generator; control.report at the end, control.cancel()/pause()/resume()/prefer(ids)
#     apply_changes(paths) -> Iterator[Progress] ; retry_problems(ids | None) -> Iterator[Progress] ; idle_work() -> Iterator[Progress]   # waveforms, loudness
#     # reading
#     listing(Listing) -> ListingReply ; rows(ids) -> list[ItemRow] ; detail(id) -> ItemDetail ; tree() -> LibraryTree
#     find(query, k, explain) ; similar(SimilarRequest) -> SearchReply ; build_playlist(PlaylistRequest) -> Playlist
#     waveform(id) -> Waveform | None ; preview(path | id, long_side) -> PreviewImage ; thumbnail_path(content_hash) -> Path
#     stats() ; doctor(repair) ; export(path)
#     # edits (each -> ChangeSet with undo label)
#     rate(ids, stars) ; tag(ids, add, remove) ; remove_items(ids) ; trash(ids, port) ; undo() -> ChangeSet ; redo()
#     save_playlist(name, ids) ; append_to_playlist(playlist_id, ids) ; rename_playlist ; delete_playlist ; reorder_playlist(playlist_id, ids)
#     export_playlist(playlist_id | Playlist, path, ExportOptions) ; import_playlist(path)
