"""Pure facts and decisions: alerts, changes, incidents, rules, suspects. Standard library only."""
