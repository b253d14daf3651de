"""How often, when and by which ways the club may turn to a person by itself."""
