"""What a backtest says."""
