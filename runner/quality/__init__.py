"""What is seen and heard: seams, the last second, drift. Raw values first, then verdicts by a profile of thresholds."""
