"""What somebody is about to buy: kept for guests and members, priced anew whenever it is looked at."""
