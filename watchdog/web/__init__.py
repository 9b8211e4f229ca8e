"""Browsers and Prometheus: pages, metrics, health and the JSON API."""
