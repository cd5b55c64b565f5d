"""What holds for every test."""

from hypothesis import settings

# A slow machine is no failure, and a failure is the same on every machine.
settings.register_profile("recgate", deadline=None, derandomize=True, database=None)
settings.load_profile("recgate")
