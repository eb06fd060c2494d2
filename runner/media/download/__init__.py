"""Fetching one file whole: resumable, bounded, verified."""
