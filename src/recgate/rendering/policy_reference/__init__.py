"""The reference of every file that people write, made from the schemas that editors use."""
