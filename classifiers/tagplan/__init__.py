"""Tag plans: what should fire, held against what did."""
