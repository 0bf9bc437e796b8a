"""Where facts about people come from besides people.yaml: the port, its sources, and how they are brought together."""
