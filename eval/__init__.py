"""Labelled questions and numbers."""
