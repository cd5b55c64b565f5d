"""What came of the tests of policies: for people, for machines, for CI servers."""
