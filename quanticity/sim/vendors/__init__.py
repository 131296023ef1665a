"""Every shipped endpoint in its true shape, with the vendor's limits, headers and errors."""
