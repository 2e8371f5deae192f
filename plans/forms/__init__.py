"""Forms of the plans pages: they clean; the domain decides."""
