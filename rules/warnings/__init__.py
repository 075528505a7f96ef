"""The warnings, one module each. A warning is a question, never a finding; `verify` is never scored."""
