"""Carrying a plan out, hop by hop: the money path."""
