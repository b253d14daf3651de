"""The register of customers who stay away: verified, asked why, won back or let go."""
