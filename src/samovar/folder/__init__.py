"""A folder as a web site: what ``samovar serve`` serves.

handler   answers a request: a file, a listing, a redirect or an error page
root      opens what lies below the folder, and nothing else
known     files that were sent before, with all that can be known beforehand
listing   what is in a folder, as a page
pages     pages of our own: listings and errors
live      has the browser reload when a file changes
"""
