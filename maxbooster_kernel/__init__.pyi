from .audio import AudioBuffer as AudioBuffer
from .errors import MaxBoosterError as MaxBoosterError
from .problems import Problem as Problem

__version__: str
