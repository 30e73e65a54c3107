"""Says what each thing is, whose it is, and what was declared about it."""
