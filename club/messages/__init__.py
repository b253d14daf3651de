"""The outbox: every message is a row first."""
