"""The lists and reports of `recgate waiver`."""
