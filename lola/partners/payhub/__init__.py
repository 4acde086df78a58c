"""The client of PayHub (RaaS): sender identity, prices, and the records that the bank keeps."""
