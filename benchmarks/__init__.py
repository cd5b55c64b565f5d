"""Measurements of recgate beside its peers; `make bench` runs them."""
