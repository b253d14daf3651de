"""The one way to become a member."""
