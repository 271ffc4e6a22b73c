"""Bars and actions as frames: what a vendor said, as traded, with its events and adjustments. No files, no clock."""
