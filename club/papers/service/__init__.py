"""Use cases of papers: issuing, files, who sells."""

from club.papers.service.issuing import issue_credit_note_in, issue_due, issue_invoice_in

__all__ = ["issue_credit_note_in", "issue_due", "issue_invoice_in"]
