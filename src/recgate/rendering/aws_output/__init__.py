"""Answers of AWS in the shapes that the AWS CLI prints: JSON, rows of text, tables."""
