"""`recgate waiver`: Exceptions that are granted, limited and end."""
