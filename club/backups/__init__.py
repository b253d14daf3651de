"""Backups: the archive, taking one every night, looking through it, keeping some of them."""
