"""Friends brought by members: who was brought by whom, what that brings both, and whose claims are in doubt."""
