"""Many trials: the grid, the plan, what is done already, and the launcher."""
