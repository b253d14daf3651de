"""What members say about themselves beyond name and contact."""
