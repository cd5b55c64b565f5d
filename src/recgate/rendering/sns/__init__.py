"""One publish of SNS for every kind of subscriber."""
