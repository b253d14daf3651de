"""Two records of one human become one, and can be parted again."""
