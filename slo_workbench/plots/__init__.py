"""Pictures: a finished table in, Axes out. Nothing is computed here."""
