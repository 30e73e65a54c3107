"""One file per verb of the command line; each only reads options, calls the layers below and prints."""
