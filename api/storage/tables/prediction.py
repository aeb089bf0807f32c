"""Models that predict who becomes high harm, and their predictions."""

from sqlalchemy import (
    JSON,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from api.storage.tables.about import PERSON, About
from api.storage.tables.columns import Instant, metadata

# Each model as its file says it. The state is that of the last change.
prediction_models = Table(
    "prediction_models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", String, nullable=False, unique=True),
    Column("sha256", String, nullable=False),
    Column("file", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("trained_by", String, nullable=False),
    Column("trained_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# Every change of the state of a model: who, when, why.
prediction_changes = Table(
    "prediction_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model", ForeignKey("prediction_models.id"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("reason", String, nullable=False),
    sqlite_autoincrement=True,
)

# The predictions of a day, with where the person stood in the network of that day.
predictions = Table(
    "predictions",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("model", ForeignKey("prediction_models.id"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("probability", Float, nullable=False),
    Column("type", SmallInteger, nullable=False),  # place in the types of the model
    Column("degree", Float, nullable=False),
    Column("pagerank", Float, nullable=False),
    Column("high_harm_links", Float, nullable=False),
    Index("ix_predictions_model_day_probability", "model", "day", "probability", "person"),
    sqlite_with_rowid=False,
)

# Each calculation of predictions. Without an end it was stopped and is not shown.
prediction_runs = Table(
    "prediction_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model", ForeignKey("prediction_models.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("people", Integer, nullable=False),
    Column("high", Integer, nullable=False),  # predicted at the usual cut-off or above
    Column("alarms", JSON, nullable=False),
    Index("ix_prediction_runs_model_day", "model", "day"),
    sqlite_autoincrement=True,
)

# How well a model did for people of a day whose two years are over: one confusion matrix, and calibration.
prediction_figures = Table(
    "prediction_figures",
    metadata,
    Column("model", ForeignKey("prediction_models.id"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("measured_at", Instant, nullable=False),
    Column("cut_off", Float, nullable=False),
    Column("true_positives", Integer, nullable=False),
    Column("false_positives", Integer, nullable=False),
    Column("false_negatives", Integer, nullable=False),
    Column("true_negatives", Integer, nullable=False),
    Column("auc", Float),
    Column("harm_score_auc", Float),
    Column("ece", Float),
    Column("harm_score_ece", Float),
    Column("bins", JSON, nullable=False),  # people, mean prediction, and how many became high harm
    Column("alarms", JSON, nullable=False),
    sqlite_with_rowid=False,
)

ABOUT_A_PERSON = (About(predictions, predictions.c.person == PERSON),)
