"""A new policy as it is written down: the file, its tests, and the sentence that it says."""
