"""Finding, playing and *proving* a choice of consent."""
