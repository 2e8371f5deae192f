"""What is measured, each beside its baseline in the same run, as a ratio."""
