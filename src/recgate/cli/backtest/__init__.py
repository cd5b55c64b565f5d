"""`recgate backtest`: what other policies would have decided."""
