"""What a decision is, and how each source writes one."""
