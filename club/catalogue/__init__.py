"""What the shop sells: categories, products, prices, stock, and how they are found."""
