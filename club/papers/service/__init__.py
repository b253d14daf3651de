"""Use cases of papers: issuing, files, who sells."""

from club.papers.service.issuing import issue_credit_note_in, issue_due, issue_invoice_in
from club.papers.service.money_alone import issue_for_money_alone, left_to_credit

__all__ = ["issue_credit_note_in", "issue_due", "issue_for_money_alone", "issue_invoice_in", "left_to_credit"]
