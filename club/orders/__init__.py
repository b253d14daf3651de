"""Orders: what somebody bought in the shop, from the moment it is placed until it is delivered."""
