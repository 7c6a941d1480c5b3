"""Tenner: a hundred apps, one AWS account, under ten dollars a month."""

__version__ = "0.4.0"
