"""How the shop's goods reach people, and which taxes are inside: ways, zones, rates, countries."""

from admin.delivery import cartons, countries, methods, taxes, zones

__all__ = ["cartons", "countries", "methods", "taxes", "zones"]
