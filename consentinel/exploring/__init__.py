"""Stored scans in Datasette: the facts as they were written, and beside them what they were judged to be."""
