"""What Google's video APIs have in common: signing in, errors, Veo's requests and operations, private files."""
