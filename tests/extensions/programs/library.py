"""Authors and books in a database (Flask-SQLAlchemy), its schema in migrations (Flask-Migrate)."""

import os

from flask import Flask, abort, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column, relationship

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE"]
db = SQLAlchemy(app)
migrate = Migrate(app, db, directory=os.environ["MIGRATIONS"])


class Author(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author", order_by="Book.title")


class Book(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(db.ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


@app.post("/books")
def add_book():
    name = request.form["author"]
    author = db.session.scalar(db.select(Author).filter_by(name=name)) or Author(name=name)
    book = Book(title=request.form["title"], author=author)
    db.session.add(book)
    if request.form["title"] == "Necronomicon":
        db.session.flush()
        abort(403)  # the session is rolled back when the request ends
    db.session.commit()
    return {"id": book.id}, 201


@app.get("/books/<int:book_id>")
def show_book(book_id):
    book = db.get_or_404(Book, book_id, description="No such book.")
    return {"title": book.title, "author": book.author.name}


@app.get("/books")
def list_books():
    page = db.paginate(db.select(Book).order_by(Book.title), per_page=2)
    return {"titles": [book.title for book in page], "pages": page.pages, "total": page.total}


@app.get("/authors/<name>")
def show_author(name):
    author = db.one_or_404(db.select(Author).filter_by(name=name))
    return {"books": [book.title for book in author.books]}


@app.cli.command("count")
def count():
    print(db.session.query(Book).count(), "books")


if __name__ == "__main__":
    app.run(port=0)
