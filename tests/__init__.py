"""Tests of Tenner and of what it generates."""
