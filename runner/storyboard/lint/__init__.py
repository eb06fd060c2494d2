"""Advice on prompts."""
