"""Who may sign in: accounts, sessions, staff and roles, second factor."""
