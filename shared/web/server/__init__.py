"""The HTTP server of functions: uvicorn's protocol on an event loop, WSGI applications in threads.

A thread is taken only for a request that has arrived whole, so slow or broken clients hold none. `protocol` bounds
heads, bodies and connections; `exchange` runs a WSGI application in a thread and brings its answer back; `environ`
translates a request; ``python -m shared.web.server`` serves one function in a container.
"""
