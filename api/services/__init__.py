"""One use case, one function, one transaction. Pages, API, command line and jobs all enter here."""
