from . import demo as demo
from . import royalties as royalties
from .analysis.report import Analysis as Analysis
from .analysis.report import analyze as analyze
from .audio import AudioBuffer as AudioBuffer
from .audio import AudioInfo as AudioInfo
from .audio import AudioWriter as AudioWriter
from .audio import MediaIndex as MediaIndex
from .audio import Tags as Tags
from .audio import audio_hash as audio_hash
from .audio import blocks as blocks
from .audio import file_peaks as file_peaks
from .audio import inspect_audio as inspect_audio
from .audio import peaks as peaks
from .audio import probe as probe
from .audio import read_audio as read_audio
from .audio import read_tags as read_tags
from .audio import resample as resample
from .audio import validate_audio as validate_audio
from .audio import write_tags as write_tags
from .errors import MaxBoosterError as MaxBoosterError
from .loudness.report import Loudness as Loudness
from .loudness.report import measure_loudness as measure_loudness
from .problems import Problem as Problem
from .workbench.session import Session as Session

__version__: str
