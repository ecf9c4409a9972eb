"""What implements the ports: one package a technology."""
