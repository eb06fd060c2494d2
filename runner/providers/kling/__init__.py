"""Kling: the official API in both of its versions, and the gateways that speak after it."""
