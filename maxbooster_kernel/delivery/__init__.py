"""Stores as data, batches, transports, the journal, and what a store does with what it gets."""
