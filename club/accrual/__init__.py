"""What a purchase or a return brings; the one way in for every channel."""
