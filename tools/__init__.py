"""What builds and checks notebooks, package and site, run from the project's root."""
