"""What is recorded of a run, where it is kept, and the log that derives everything else from z.

It knows single steps and the pointwise loss; it never knows how the run was trained, and it draws nothing.
"""

from logitscope.recording._log import UpdateLog
from logitscope.recording._recorder import UpdateRecorder
from logitscope.recording._recording import Recorded, Recording

__all__ = ["Recorded", "Recording", "UpdateLog", "UpdateRecorder"]
