"""A new version of the program, from a tag to a service that answers with it, or back to where it was."""
