"""ddex."""
