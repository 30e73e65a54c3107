"""Flash files read without Flash: SWF programs, shared objects, and the markup that embeds them."""
