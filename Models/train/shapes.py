"""The sizes of the two models."""

from model import Shape

DEMO = Shape(hidden=192, layers=6, heads=6, kv_heads=2, ff=512)
DRAFT = Shape(hidden=64, layers=3, heads=2, kv_heads=1, ff=256)
