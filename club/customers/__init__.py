"""The people of the club as staff look through them: the one search, the list, its views, tags and the export."""
