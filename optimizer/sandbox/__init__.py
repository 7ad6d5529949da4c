"""Private checkouts of the target, the walls around them, and the only place that starts processes or talks to git."""
