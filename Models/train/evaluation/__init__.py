"""Measures the trained models on names, numbers and sentences that the training text does not have."""
