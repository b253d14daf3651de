"""What the club changes in its own work so that customers stay, and whether it helped."""
