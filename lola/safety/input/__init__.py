"""Cleans what a sender wrote before anything is stored: hidden characters and card data."""
