"""What members suggest to the club, what became of it, and who hears of that."""
