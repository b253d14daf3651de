"""What the club writes for people to read: articles by theme, for everybody, members or a tier; their comments."""
