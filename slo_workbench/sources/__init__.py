"""Opens whatever holds requests, as one lazy table in the canonical columns."""
