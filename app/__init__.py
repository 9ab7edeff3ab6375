"""From hits to a cited answer, and the doors people come in by."""
