"""loudness."""
