"""The command line: each file turns the arguments of one command into one call and one exit code."""
