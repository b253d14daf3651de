"""Where the shop sends to, how, for how much, and which tax is inside."""
