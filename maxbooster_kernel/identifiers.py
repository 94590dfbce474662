"""Identifiers of the music business and their check digits."""
