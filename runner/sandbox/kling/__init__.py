"""Kling's two APIs and the gateways that follow it."""
