"""Taking in a file of purchases: they earn and count as if they had been recorded on their days."""

from club.accrual.importing.purchases import Imported, PurchaseFile, import_purchases

__all__ = ["Imported", "PurchaseFile", "import_purchases"]
