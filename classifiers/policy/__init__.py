"""Reads a privacy or cookie policy: which statements it makes, each with its words and line."""
