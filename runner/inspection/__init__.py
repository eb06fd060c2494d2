"""Whether a file is right: form, timeline, pictures, sound, drift, and what follows from a failure."""
