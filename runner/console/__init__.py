"""The only place that writes to the terminal: a live table, plain lines, or one JSON object per event."""
