"""Invoices, credit notes and what else is printed: numbered without gaps, kept as issued."""
