"""Kling's two APIs and the gateways that speak after it."""
