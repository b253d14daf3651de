"""Files brought in by staff: the list, the upload, the columns, the trial, the result."""

from admin.imports import acts, columns, downloads, listing, one

__all__ = ["acts", "columns", "downloads", "listing", "one"]
