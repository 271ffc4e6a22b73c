"""What must be true of a bar before it is stored: small rules over frames, no I/O."""
