"""Levels of walls, one file each: the file is named after the level and ends in `PLUGIN = Level(...)`."""
