"""The sample library: pictures and tracks that Akin makes by itself, for a first look without any files."""
