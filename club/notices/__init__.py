"""What the club says by itself: statements, notices about points and tiers, greetings."""
