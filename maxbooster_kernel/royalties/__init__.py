"""royalties."""
