"""The time zones that a club can live in: those that are named after a place."""

from zoneinfo import available_timezones

_NO_PLACES = ("Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "posix/", "right/")

TIME_ZONES = tuple(sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NO_PLACES)))
