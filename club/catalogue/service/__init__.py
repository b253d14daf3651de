"""Use cases of the catalogue, one module a part."""
