"""The canary: a built-in page that does one of everything, to know which channels are live in this very browser."""
