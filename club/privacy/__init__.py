"""What the club holds about a member: shown, handed over, and forgotten when they leave."""
