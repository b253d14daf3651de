"""The ledger's tables, and what is read from them. `tables` says what movements, kinds and lots are."""

from club.points.models.queries import BalanceView, Expiring, StatementRow, Sums, balance_of, statement, sums_until
from club.points.models.tables import (
    BALANCES,
    HOLDS,
    LOT_ENTRIES,
    LOTS,
    MEMBER_ACCOUNTS,
    MOVEMENTS,
    NOTES,
    Balance,
    Hold,
    Lot,
    LotEntry,
    Movement,
    MovementNote,
)

__all__ = [
    "BALANCES",
    "HOLDS",
    "LOTS",
    "LOT_ENTRIES",
    "MEMBER_ACCOUNTS",
    "MOVEMENTS",
    "NOTES",
    "Balance",
    "BalanceView",
    "Expiring",
    "Hold",
    "Lot",
    "LotEntry",
    "Movement",
    "MovementNote",
    "StatementRow",
    "Sums",
    "balance_of",
    "statement",
    "sums_until",
]
