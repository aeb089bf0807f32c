"""Each rule over many cases at once, with numpy. The function of one case is what these must equal."""
