"""The HTTP door: routes, problems and the server."""
