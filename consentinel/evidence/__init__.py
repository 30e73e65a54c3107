"""The evidence pack: one archive that holds a scan with all it was judged by, checked and judged again offline."""
