"""What a stranger's compose file may ask for: it is read strictly, understood, and written anew."""
