"""The raw WSGI callable on fastpysgi. Usage: serve_fastpysgi.py PORT"""

import sys

import fastpysgi
from raw_wsgi import app

fastpysgi.run(app, host="127.0.0.1", port=int(sys.argv[1]), loglevel=0)
