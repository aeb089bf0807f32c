"""A fictional police force as an import folder: areas, people and their records. No one in it is real.

Everything is drawn at random from a seed. Names and nationality have nothing to do with offending here.
"""

from api.demonstration.force.boundaries import write_boundaries
from api.demonstration.force.folder import write_force
from api.demonstration.force.known import Known, known_people
from api.demonstration.force.second_source import write_second_source

__all__ = ["Known", "known_people", "write_boundaries", "write_force", "write_second_source"]
