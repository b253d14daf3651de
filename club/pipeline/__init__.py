"""Where everybody stands between stranger and promoter, what comes next with them, and which sources bring them."""
