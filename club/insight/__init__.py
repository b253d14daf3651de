"""What the club's own figures say: of every customer, of a period, of the whole club."""
