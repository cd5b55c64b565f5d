"""Evidence: sealed, checked, judged again, found."""
