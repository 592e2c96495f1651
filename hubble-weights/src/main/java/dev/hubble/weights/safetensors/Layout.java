// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Checks that the tensors lie side by side and fill the file: no hole in which something could
/// hide, no byte that two of them share, none left over.
final class Layout {
  private final String file;

  Layout(String file) {
    this.file = file;
  }

  /// The entries in the order of their data.
  ///
  /// @param dataSize how many bytes follow the header
  List<Entry> check(List<Entry> entries, long dataSize) {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    for (Entry entry : sorted) {
      checkOffsets(entry, at);
      checkSize(entry);
      at = entry.end();
    }
    if (at != dataSize) {
      throw Broken.file(
          file,
          at > dataSize
              ? "it is cut short, with %d bytes of data instead of %d".formatted(dataSize, at)
              : "%d bytes follow its last tensor".formatted(dataSize - at));
    }
    return sorted;
  }

  private void checkOffsets(Entry entry, long at) {
    if (entry.begin() != at || entry.end() < entry.begin()) {
      throw Broken.tensor(
          file,
          entry.name(),
          "is said to lie at bytes %d to %d of the data, where one that begins at %d was expected"
              .formatted(entry.begin(), entry.end(), at));
    }
  }

  private void checkSize(Entry entry) {
    long bits;
    try {
      bits = Math.multiplyExact(elements(entry), (long) entry.type().bits());
    } catch (ArithmeticException e) {
      throw Broken.tensor(file, entry.name(), "has a shape with too many elements to count");
    }
    if (bits % 8 != 0) {
      throw Broken.tensor(file, entry.name(), "does not fill a whole number of bytes");
    }
    if (bits / 8 != entry.end() - entry.begin()) {
      throw Broken.tensor(
          file,
          entry.name(),
          "is %s of shape %s, which takes %d bytes, but has %d"
              .formatted(entry.type(), entry.shape(), bits / 8, entry.end() - entry.begin()));
    }
  }

  /// The product of the shape.
  static long elements(Entry entry) {
    long elements = 1;
    for (long side : entry.shape()) {
      elements = Math.multiplyExact(elements, side);
    }
    return elements;
  }
}
