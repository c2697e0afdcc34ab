"""Times the chapters' trainings beside others that do the same, and writes the page."""
