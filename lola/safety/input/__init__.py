"""Cleans incoming text before it is stored: hidden characters and card data."""
