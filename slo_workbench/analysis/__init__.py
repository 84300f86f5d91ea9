"""Arithmetic on counts: windows, fits, budgets. Tables in, values out; no file, clock or picture."""
