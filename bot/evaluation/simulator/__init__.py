"""A made-up operator: call graph, changes, faults and the alerts that they cause, with the truth known."""
