"""Orders for the staff: by what is to be done next, each on one page, packed, sent and handed over."""

from admin.orders import acts, address, ending, listing, one, packing_list  # noqa: F401 - each adds its pages
