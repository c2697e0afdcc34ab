"""What builds and checks the notebooks, the package and the site; not part of the package. Run from the project's root."""
