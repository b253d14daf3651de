"""The person: names, contact, dates, consents."""
