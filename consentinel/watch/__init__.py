"""Scans by the clock: one long-lived process, a history with retention, and word only of what changed."""
