"""Public lists that a person may fetch: filter rules, cookie names, entities. Judging works without any of them."""
