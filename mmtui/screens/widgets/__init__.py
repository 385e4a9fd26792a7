"""Panes that more than one screen shows, and the fast ones that draw their own lines."""
