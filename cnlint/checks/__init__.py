"""The code of rules: one package a domain, one module a topic."""
