import sys
from pathlib import Path

# pytest's importlib mode leaves this folder off the path.
sys.path.insert(0, str(Path(__file__).parent))
