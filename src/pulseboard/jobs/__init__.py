"""Background work: what is promised (port), who does it (engine), and what became of it."""
