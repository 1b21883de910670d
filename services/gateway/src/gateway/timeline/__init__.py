"""What happened to a job, told from the rows that are stored of it."""
