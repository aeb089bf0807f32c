from tests.api.predicted import administrator, clock, database, predicted_folder, supervisor

__all__ = ["administrator", "clock", "database", "predicted_folder", "supervisor"]
