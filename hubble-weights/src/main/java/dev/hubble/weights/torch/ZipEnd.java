// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static dev.hubble.weights.torch.LittleEndian.u16;
import static dev.hubble.weights.torch.LittleEndian.u32;
import static dev.hubble.weights.torch.LittleEndian.u64;

import dev.hubble.weights.data.FileBytes;
import java.lang.foreign.MemorySegment;

/// The records at the end of an archive, which say where its directory lies. What is too large for
/// the old record (2^16 entries, 2^32 bytes) stands in that of zip64; PyTorch always writes both.
///
/// @param entries how many files the archive holds
/// @param start where the directory begins
/// @param size how many bytes it has
record ZipEnd(long entries, long start, long size) {
  private static final int END = 0x06054b50;
  private static final int END_SIZE = 22;
  private static final int LONGEST_COMMENT = 0xFFFF;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int LOCATOR64_SIZE = 20;
  private static final int END64 = 0x06064b50;
  private static final int END64_SIZE = 56;

  /// Finds the records and checks that the directory lies before them.
  static ZipEnd find(FileBytes file) {
    MemorySegment bytes = file.segment();
    long end = endRecord(file);
    long locator = end - LOCATOR64_SIZE;
    boolean zip64 = locator >= 0 && u32(bytes, locator) == LOCATOR64;
    long before = zip64 ? u64(bytes, locator + 8) : end;
    ZipEnd found = zip64 ? read64(file, before, locator) : read(file, end);
    if (found.start < 0 || found.size < 0 || found.start > before - found.size) {
      throw Broken.file(file.file(), "its zip directory does not lie within the file");
    }
    return found;
  }

  /// The record is the last thing in a file but for its own comment, whose length it knows.
  private static long endRecord(FileBytes file) {
    MemorySegment bytes = file.segment();
    long first = Math.max(0, file.size() - END_SIZE - LONGEST_COMMENT);
    for (long at = file.size() - END_SIZE; at >= first; at--) {
      if (u32(bytes, at) == END && at + END_SIZE + u16(bytes, at + 20) == file.size()) {
        return at;
      }
    }
    throw Broken.file(file.file(), "it is a zip archive without its end, so it is cut short");
  }

  private static ZipEnd read(FileBytes file, long at) {
    MemorySegment bytes = file.segment();
    if (u16(bytes, at + 4) != 0 || u16(bytes, at + 6) != 0) {
      throw Broken.file(file.file(), "it is one part of a zip archive in several");
    }
    return new ZipEnd(u16(bytes, at + 10), u32(bytes, at + 16), u32(bytes, at + 12));
  }

  private static ZipEnd read64(FileBytes file, long at, long locator) {
    MemorySegment bytes = file.segment();
    if (at < 0 || at > locator - END64_SIZE || u32(bytes, at) != END64) {
      throw Broken.file(file.file(), "the zip64 record at its end is not where it should be");
    }
    if (u32(bytes, at + 16) != 0 || u32(bytes, at + 20) != 0) {
      throw Broken.file(file.file(), "it is one part of a zip archive in several");
    }
    return new ZipEnd(u64(bytes, at + 32), u64(bytes, at + 48), u64(bytes, at + 40));
  }
}
