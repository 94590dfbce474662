"""Money as integers: nanos (1e-9 of a currency unit) inside, Decimal at the border, float never."""
