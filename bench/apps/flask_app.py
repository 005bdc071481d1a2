"""The program on Flask itself."""

import flask
from flask_style import build

app = build(flask, flask.Flask)
