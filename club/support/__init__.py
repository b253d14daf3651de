"""Questions of members: conversations with a promise of when they are answered, and the inbox of the staff."""
