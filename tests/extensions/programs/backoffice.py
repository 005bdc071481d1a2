"""A back office for a shop's goods (Flask-Admin)."""

import os

from flask import Flask
from flask_admin import Admin, BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.secret_key = "only-for-this-test"
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE"]
db = SQLAlchemy(app)


class Goods(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False)
    price = db.Column(db.Integer)


class GoodsView(ModelView):
    column_searchable_list = ["name"]
    column_editable_list = ["price"]


class Report(BaseView):
    @expose("/")
    def index(self):
        worth = db.session.query(db.func.sum(Goods.price)).scalar()
        return f"All goods together are worth {worth}."


admin = Admin(app, name="Shop")
admin.add_view(GoodsView(Goods, db.session))
admin.add_view(Report(name="Report", endpoint="report"))

with app.app_context():
    db.create_all()
    db.session.add(Goods(name="teapot", price=12))
    db.session.commit()


if __name__ == "__main__":
    app.run(port=0)
