"""The doors: HTTP and the command line. They do not know each other."""
