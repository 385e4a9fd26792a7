"""What front ends see: the Board and its rows, frozen, with numbers and units, never strings made for one screen."""
