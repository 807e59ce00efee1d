"""How good the grouping and the suspects are: cases, simulations, baselines, ceilings and their scores."""
