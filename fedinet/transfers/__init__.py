"""Relations as CSV files: what members bring from another server, and take to one."""
