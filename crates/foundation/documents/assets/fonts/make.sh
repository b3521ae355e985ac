#!/bin/sh
# Takes the fonts from Debian's package fonts-morisawa-bizud-gothic and cuts out of the
# fixed-width face the few glyphs that the templates use (needs fonttools 4.x from PyPI).
set -eu
from=/usr/share/fonts/truetype/bizud-gothic
glyphs='、。，．・：；「」『』（）〈〉《》【】〔〕［］｛｝〖〗0123456789-+/.:#()*,% '
for weight in Regular Bold; do
  cp "$from/BIZUDPGothic-$weight.ttf" .
  pyftsubset "$from/BIZUDGothic-$weight.ttf" --text="$glyphs" --layout-features='' --no-hinting \
    --notdef-outline --name-IDs='*' --name-languages='*' --drop-tables+=meta \
    --output-file="BIZUDGothic-$weight-fixed.ttf"
done
