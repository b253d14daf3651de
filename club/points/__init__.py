"""The ledger: movements, lots, holds, expiry, statement."""
