"""Widgets of the workshop: they explore, and the workbook decides. Each has a plain function that does the same without a hand on it."""
