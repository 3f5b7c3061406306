"""Disposable processes that read one file each."""
