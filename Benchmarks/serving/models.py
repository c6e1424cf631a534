"""The same random weights for every server: Skein's checkpoint, CTranslate2's model and a GGUF file.

`converted` and `gguf_file` come from Benchmarks/peers. Everything lies in the shapes' folder and is made on first use.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))
from checkpoints import converted, gguf_file, made  # noqa: E402

__all__ = ["converted", "gguf_file", "served_folder"]


def served_folder(skein: Path, shapes: Path, shape: str, tokenizer: Path) -> Path:
    """The shape's checkpoint, with this tokenizer.json if there is one: prompts then have as many tokens as in life."""
    source = made(skein, shapes, shape)
    if not tokenizer.exists():
        return source
    folder = shapes / f"{shape}-{tokenizer.stem}"
    folder.mkdir(exist_ok=True)
    files = {name: source / name for name in ("config.json", "model.safetensors")} | {"tokenizer.json": tokenizer}
    for name, target in files.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target.resolve())
    return folder
