"""Generates the training text: varied English from a grammar and word lists of its own, seeded."""
