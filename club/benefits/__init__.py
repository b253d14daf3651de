"""What each tier gets beside points and discounts."""
