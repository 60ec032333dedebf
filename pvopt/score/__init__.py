"""How much of the sun that was there was caught, day by day, and where the rest went."""
