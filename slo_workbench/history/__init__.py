"""From requests to counts, and the counts on disk."""
