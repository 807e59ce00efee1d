"""The best that anybody could do on a simulation: the posterior under the simulation's own parameters."""
