"""The API of all functions, as an OpenAPI document and as a page."""
