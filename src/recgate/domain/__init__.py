"""What recgate knows and decides: standard library only, no clock, no client, no log."""
