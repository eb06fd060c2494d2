"""The project that pays, as requests name it before it is known."""

PROJECT = "{project}"
"""Stands in a request's path and is filled in on sending: one storyboard serves every project."""
