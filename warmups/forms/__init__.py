"""Forms. They clean what comes in; the domain decides."""
