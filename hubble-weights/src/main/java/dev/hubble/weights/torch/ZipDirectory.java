// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static dev.hubble.weights.torch.LittleEndian.u16;
import static dev.hubble.weights.torch.LittleEndian.u32;
import static dev.hubble.weights.torch.LittleEndian.u64;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.data.Quoted;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The directory of a zip archive, read here and not by the JDK because the JDK does not say where
/// in the file an entry's bytes are, and PyTorch's archives are read where they lie.
///
/// Sizes come from the directory alone: PyTorch leaves them 0 in the headers before the data. What
/// is accepted is narrow: every entry lies in the file, before the directory, and shares no byte
/// with another; names lead nowhere.
final class ZipDirectory {
  private static final long LARGEST = 1L << 28;
  private static final long SATURATED = 0xFFFF_FFFFL;
  private static final int ENTRY = 0x02014b50;
  private static final int ENTRY_SIZE = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_SIZE = 30;
  private static final int ZIP64_EXTRA = 1;
  private static final int ENCRYPTED = 1;
  private static final int UTF8 = 1 << 11;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  /// How much smaller than its contents a deflated stream can be.
  private static final long BEST_RATIO = 1040;

  private final FileBytes file;
  private final MemorySegment bytes;
  private final ZipEnd end;
  private final Map<String, ZipEntry> entries = new LinkedHashMap<>();
  private final List<long[]> spans = new ArrayList<>();

  private ZipDirectory(FileBytes file) {
    this.file = file;
    this.bytes = file.segment();
    this.end = ZipEnd.find(file);
  }

  /// The entries by name, in the order of the directory.
  static Map<String, ZipEntry> read(FileBytes file) {
    ZipDirectory directory = new ZipDirectory(file);
    directory.readEntries();
    directory.checkSpans();
    return directory.entries;
  }

  private void readEntries() {
    if (end.size() > LARGEST || end.entries() < 0 || end.entries() > end.size() / ENTRY_SIZE) {
      throw broken(
          "its zip directory claims %d entries in %d bytes".formatted(end.entries(), end.size()));
    }
    long at = end.start();
    long stop = end.start() + end.size();
    for (long i = 0; i < end.entries(); i++) {
      at = readEntry(at, stop);
    }
    if (at != stop) {
      throw broken("its zip directory is longer than its entries");
    }
  }

  /// Reads the entry at `at`, and says where the next begins.
  private long readEntry(long at, long stop) {
    if (at > stop - ENTRY_SIZE || u32(bytes, at) != ENTRY) {
      throw broken("an entry is missing from its zip directory");
    }
    int flags = u16(bytes, at + 8);
    int nameSize = u16(bytes, at + 28);
    int extraSize = u16(bytes, at + 30);
    long next = at + ENTRY_SIZE + nameSize + extraSize + u16(bytes, at + 32);
    if (next > stop) {
      throw broken("its zip directory is cut short");
    }
    String name = name(at + ENTRY_SIZE, nameSize, (flags & UTF8) != 0);
    if ((flags & ENCRYPTED) != 0) {
      throw broken("its entry " + Quoted.of(name) + " is encrypted");
    }
    int method = u16(bytes, at + 10);
    if (method != STORED && method != DEFLATED) {
      throw broken("its entry " + Quoted.of(name) + " is packed by the method " + method);
    }
    long[] wide = {u32(bytes, at + 24), u32(bytes, at + 20), u32(bytes, at + 42)};
    widen(wide, at + ENTRY_SIZE + nameSize, extraSize, name);
    ZipEntry entry = locate(name, method, wide[0], wide[1], wide[2], at + ENTRY_SIZE, nameSize);
    if (entries.put(name, entry) != null) {
      throw broken("it holds " + Quoted.of(name) + " twice");
    }
    return next;
  }

  /// Replaces those of size, packed size and offset that did not fit, in this order, by the numbers
  /// in the zip64 field.
  private void widen(long[] wide, long extra, int extraSize, String name) {
    long stop = extra + extraSize;
    for (long at = extra; at + 4 <= stop; at += 4 + u16(bytes, at + 2)) {
      long fieldStop = at + 4 + u16(bytes, at + 2);
      if (fieldStop > stop) {
        return;
      }
      if (u16(bytes, at) == ZIP64_EXTRA) {
        long value = at + 4;
        for (int i = 0; i < wide.length; i++) {
          if (wide[i] == SATURATED) {
            if (value + Long.BYTES > fieldStop) {
              throw broken("the zip64 field of its entry " + Quoted.of(name) + " is too short");
            }
            wide[i] = u64(bytes, value);
            value += Long.BYTES;
          }
        }
        return;
      }
    }
  }

  /// Where the bytes begin stands nowhere: after the header before them, whose name and extra field
  /// may have another length than in the directory.
  private ZipEntry locate(
      String name, int method, long size, long packed, long header, long nameAt, int nameSize) {
    if (header < 0
        || header > end.start() - LOCAL_SIZE
        || u32(bytes, header) != LOCAL
        || u16(bytes, header + 8) != method
        || u16(bytes, header + 26) != nameSize
        || header > end.start() - LOCAL_SIZE - nameSize
        || bytes.asSlice(header + LOCAL_SIZE, nameSize).mismatch(bytes.asSlice(nameAt, nameSize))
            != -1) {
      throw broken("its entry " + Quoted.of(name) + " is not where the zip directory says");
    }
    long start = header + LOCAL_SIZE + nameSize + u16(bytes, header + 28);
    if (packed < 0 || start > end.start() || packed > end.start() - start) {
      throw broken("its entry " + Quoted.of(name) + " does not lie within the file");
    }
    boolean deflated = method == DEFLATED;
    boolean plausible = deflated ? size >= 0 && size / BEST_RATIO <= packed : size == packed;
    if (!plausible) {
      throw broken(
          "its entry %s has %d bytes that are said to come from %d"
              .formatted(Quoted.of(name), size, packed));
    }
    spans.add(new long[] {header, start + packed});
    return new ZipEntry(name, deflated, start, packed, size);
  }

  private void checkSpans() {
    spans.sort(Comparator.comparingLong(span -> span[0]));
    long last = 0;
    for (long[] span : spans) {
      if (span[0] < last) {
        throw broken("two of its zip entries share bytes");
      }
      last = span[1];
    }
  }

  private String name(long at, int size, boolean utf8) {
    byte[] raw = bytes.asSlice(at, size).toArray(JAVA_BYTE);
    String name;
    try {
      name =
          utf8
              ? StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString()
              : new String(raw, StandardCharsets.ISO_8859_1);
    } catch (CharacterCodingException e) {
      throw broken("the name of one of its zip entries is not UTF-8");
    }
    boolean leads =
        name.isEmpty()
            || name.startsWith("/")
            || name.chars().anyMatch(c -> c == '\\' || c < ' ')
            || Arrays.asList(name.split("/", -1)).contains("..");
    if (leads) {
      throw broken("one of its zip entries has the name " + Quoted.of(name));
    }
    return name;
  }

  private WeightsException broken(String problem) {
    return Broken.file(file.file(), problem);
  }
}
