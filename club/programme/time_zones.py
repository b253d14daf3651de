"""The time zones that a club can live in. Collecting them means walking through many folders: it is done once."""

from functools import cache
from zoneinfo import available_timezones

_NO_PLACES = ("Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "posix/", "right/")


@cache
def known_time_zones() -> frozenset[str]:
    """Every name that this machine knows."""
    return frozenset(available_timezones())


@cache
def places() -> tuple[str, ...]:
    """Those that are named after a place, in alphabetical order."""
    return tuple(sorted(zone for zone in known_time_zones() if "/" in zone and not zone.startswith(_NO_PLACES)))
