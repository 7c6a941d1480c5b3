"""Tenner's guard, the same code as in the tenner command: brought by `copier update`."""
