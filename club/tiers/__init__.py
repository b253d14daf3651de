"""Ladder versions, standing, status, what-if."""
