"""What Google's video APIs have in common: errors, long-running operations, content filters."""
