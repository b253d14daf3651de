"""Four eyes: what one colleague may not do alone waits for a second one."""
