"""What the club gives by itself: for birthdays and anniversaries of joining, for growth, at milestones."""
