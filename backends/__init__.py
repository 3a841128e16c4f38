"""Whatever reaches outside and can be swapped."""
