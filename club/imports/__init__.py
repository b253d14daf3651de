"""Files that staff bring in: seen, matched, tried, taken in by the worker, and taken back for a day."""
