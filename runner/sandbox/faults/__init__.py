"""Faults on purpose: what can be made to fail, and how it then looks on the wire and on the disk."""
