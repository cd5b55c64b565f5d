"""What changed between two folders of policies, for people and for programs."""
