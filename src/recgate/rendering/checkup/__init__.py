"""The answers of `recgate doctor`, and the policy of `recgate iam`, as people and programs read
them.
"""
