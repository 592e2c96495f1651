// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.data.Quoted;
import java.lang.foreign.MemorySegment;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// The contents of compressed entries. PyTorch never writes any, but other programs zip its
/// archives again. One entry at a time is held, since weights are read one after the other.
final class Inflated {
  /// No storage of a v1 model comes near; an archive in which everything shares one does.
  private static final long LARGEST = 1L << 30;

  private static final int PIECE = 1 << 16;

  private final FileBytes file;
  private @Nullable String held;
  private FileBytes contents;

  Inflated(FileBytes file) {
    this.file = file;
    this.contents = file;
  }

  /// The bytes of an entry, from 0 on.
  synchronized FileBytes of(ZipEntry entry) {
    if (!entry.name().equals(held)) {
      held = null;
      // Not two entries at a time.
      contents = file;
      contents = FileBytes.of(file.file(), MemorySegment.ofArray(inflate(entry)));
      held = entry.name();
    }
    return contents;
  }

  private byte[] inflate(ZipEntry entry) {
    if (entry.size() > LARGEST) {
      throw Broken.other(
          file.file(),
          "holds the compressed entry %s of %d bytes, more than can be unpacked in memory"
              .formatted(Quoted.of(entry.name()), entry.size()),
          "zip it again without compression");
    }
    byte[] out = new byte[(int) entry.size()];
    Inflater inflater = new Inflater(/* nowrap= */ true);
    try {
      int done = 0;
      long read = 0;
      while (!inflater.finished()) {
        if (inflater.needsInput()) {
          int piece = (int) Math.min(PIECE, entry.packed() - read);
          if (piece == 0) {
            break;
          }
          inflater.setInput(file.segment().asSlice(entry.start() + read, piece).asByteBuffer());
          read += piece;
        }
        int n = inflater.inflate(out, done, out.length - done);
        done += n;
        if (n == 0 && (done == out.length || inflater.needsDictionary())) {
          break;
        }
      }
      if (done != out.length) {
        throw Broken.file(
            file.file(),
            "its entry %s unpacks to %d bytes, not %d"
                .formatted(Quoted.of(entry.name()), done, out.length));
      }
      return out;
    } catch (DataFormatException e) {
      throw Broken.file(file.file(), "its entry " + Quoted.of(entry.name()) + " is damaged");
    } finally {
      inflater.end();
    }
  }
}
