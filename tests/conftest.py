import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
# One thread a test process: pytest-xdist runs one process a core. TensorFlow reads these when it is imported.
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
