"""`recgate audit`: the evidence, read and checked."""
