"""What the workshop's notebooks call: open the workbook, look at it, decide, and check what was decided."""
