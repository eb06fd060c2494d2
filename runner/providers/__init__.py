"""The video APIs: one Protocol, one package per API, and the catalog of what each can do and costs."""
