"""Adapters for the ports: where runs are kept, and with what their files are inspected."""
