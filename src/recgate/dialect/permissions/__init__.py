"""What recgate must be allowed, as IAM policies say it: from a configuration, the least."""
