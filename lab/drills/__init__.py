"""Drills: what is broken on purpose, what must be seen of it, how it is mended. One file each."""
