"""The six groups (domain: *Precisely*), one module each; modules with a leading underscore are shared parts."""
