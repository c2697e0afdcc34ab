"""Times the trainings of the chapters beside others that do the same, and writes the page that shows it."""
