"""The action table, one module a screen; ``mmtui.screens.actions`` joins them."""
