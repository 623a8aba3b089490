"""Choice: where an agent acts."""
