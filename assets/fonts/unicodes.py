"""Prints the characters kept of Noto Sans SC, one U+XXXX a line. Run beside beyond-gb2312.txt."""

from pathlib import Path

kept = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | set(range(0x391, 0x3CA)) | set(range(0x2010, 0x2040))
kept |= {ord(c) for c in "€−₂₃✓✗▼"}
for high in range(0xA1, 0xFF):
    for low in range(0xA1, 0xFF):
        try:
            kept.add(ord(bytes([high, low]).decode("gb2312")))
        except UnicodeDecodeError:
            pass  # Not every place of GB 2312 is taken.
# The Table of General Standard Chinese Characters (2013) has what names of people and firms need: 喆, 堃, 昇.
kept |= {ord(c) for c in Path(__file__).with_name("beyond-gb2312.txt").read_text("utf-8").replace("\n", "")}
print("\n".join(f"U+{code:04X}" for code in sorted(kept)))
