"""What the doors call: load, validate, plan, run, status, takes, reconcile, check, report. Values in, values out."""
