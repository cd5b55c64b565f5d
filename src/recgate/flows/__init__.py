"""The use cases: they know the domain and the ports, and nothing else."""
