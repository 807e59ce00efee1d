"""Tocsin: alerts and changes in, an explained incident channel out."""
