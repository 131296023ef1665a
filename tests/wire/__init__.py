"""The whole program over loopback, against a vendor that counts every arrival."""
