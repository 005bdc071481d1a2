# What mod_wsgi loads: /srv/shop/shop.wsgi. The program itself is /srv/shop/shop.py.
import sys

sys.path.insert(0, "/srv/shop")

from shop import app as application  # noqa: E402, F401
