"""Tasks as a REST resource (Flask-RESTful)."""

from flask import Flask
from flask_restful import Api, Resource, abort, fields, marshal_with, reqparse

app = Flask(__name__)
api = Api(app, prefix="/api")

tasks = {}

parser = reqparse.RequestParser()
parser.add_argument("title", required=True, help="A task needs a title.")
parser.add_argument("hours", type=float, default=1.0)

TASK = {
    "title": fields.String,
    "hours": fields.Float,
    "uri": fields.Url("task", absolute=False),
}


class TaskList(Resource):
    @marshal_with(TASK)
    def get(self):
        return list(tasks.values())

    @marshal_with(TASK)
    def post(self):
        number = len(tasks) + 1
        tasks[number] = {"number": number, **parser.parse_args()}
        return tasks[number], 201, {"Location": api.url_for(Task, number=number)}


class Task(Resource):
    @marshal_with(TASK)
    def get(self, number):
        if number not in tasks:
            abort(404, message=f"There is no task {number}.")
        return tasks[number]

    def delete(self, number):
        tasks.pop(number)
        return "", 204


api.add_resource(TaskList, "/tasks")
api.add_resource(Task, "/tasks/<int:number>", endpoint="task")


@api.representation("text/csv")
def as_csv(data, code, headers=None):
    lines = "".join(f"{task['title']},{task['hours']}\n" for task in data)
    return app.response_class(lines, code, headers)


if __name__ == "__main__":
    app.run(port=0)
