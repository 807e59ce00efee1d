"""The one place that assembles: settings and configuration in, running parts out."""
