"""What the club holds: who may come, who comes, who came."""
