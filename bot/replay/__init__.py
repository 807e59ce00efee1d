"""History through the rules, without effects: the same decisions as in production, on a world in memory."""
