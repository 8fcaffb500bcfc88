"""What a map is held against: sounds without its part, other maps, other networks."""
