// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Writes archives as PyTorch does: sizes in the directory only, zip64 records always.
final class ZipWriter {
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int entries;

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  ZipWriter stored(String name, byte[] contents) {
    return entry(name, 0, contents, contents.length, crc(contents));
  }

  ZipWriter deflated(String name, byte[] contents) {
    Deflater deflater = new Deflater(9, /* nowrap= */ true);
    deflater.setInput(contents);
    deflater.finish();
    byte[] packed = new byte[contents.length + 100];
    int size = deflater.deflate(packed);
    deflater.end();
    return entry(name, 8, Arrays.copyOf(packed, size), contents.length, crc(contents));
  }

  private static int crc(byte[] contents) {
    CRC32 crc = new CRC32();
    crc.update(contents);
    return (int) crc.getValue();
  }

  /// An entry whose directory says that it has `size` bytes.
  ZipWriter entry(String name, int method, byte[] packed, long size, int crc) {
    int header = data.size();
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    int padding = Math.floorMod(-(header + 30 + utf8.length + 4), 64);
    data.writeBytes(
        buffer(30)
            .putInt(0x04034b50)
            .putShort((short) 0)
            .putShort((short) 0x808)
            .putShort((short) method)
            .putInt(0)
            .putInt(0)
            .putInt(0)
            .putInt(0)
            .putShort((short) utf8.length)
            .putShort((short) (4 + padding))
            .array());
    data.writeBytes(utf8);
    data.writeBytes(buffer(4).putShort((short) 0x4246).putShort((short) padding).array());
    data.writeBytes("Z".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    data.writeBytes(packed);
    data.writeBytes(
        buffer(16).putInt(0x08074b50).putInt(crc).putInt(packed.length).putInt((int) size).array());
    directoryEntry(utf8, method, packed.length, size, header);
    return this;
  }

  /// An entry of the directory alone.
  void directoryEntry(byte[] name, int method, long packed, long size, long header) {
    directory.writeBytes(
        buffer(46)
            .putInt(0x02014b50)
            .putShort((short) 0)
            .putShort((short) 0)
            .putShort((short) 0x808)
            .putShort((short) method)
            .putInt(0)
            .putInt(0)
            .putInt((int) packed)
            .putInt((int) size)
            .putShort((short) name.length)
            .putShort((short) 0)
            .putShort((short) 0)
            .putShort((short) 0)
            .putShort((short) 0)
            .putInt(0)
            .putInt((int) header)
            .array());
    directory.writeBytes(name);
    entries++;
  }

  /// The archive, with zip64 records.
  byte[] end() {
    return end(/* zip64= */ true);
  }

  byte[] end(boolean zip64) {
    long start = data.size();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(data.toByteArray());
    all.writeBytes(directory.toByteArray());
    if (zip64) {
      all.writeBytes(
          buffer(76)
              .putInt(0x06064b50)
              .putLong(44)
              .putShort((short) 0x031e)
              .putShort((short) 45)
              .putInt(0)
              .putInt(0)
              .putLong(entries)
              .putLong(entries)
              .putLong(directory.size())
              .putLong(start)
              .putInt(0x07064b50)
              .putInt(0)
              .putLong(start + directory.size())
              .putInt(1)
              .array());
    }
    all.writeBytes(
        buffer(22)
            .putInt(0x06054b50)
            .putShort((short) 0)
            .putShort((short) 0)
            .putShort((short) entries)
            .putShort((short) entries)
            .putInt(directory.size())
            .putInt((int) start)
            .putShort((short) 0)
            .array());
    return all.toByteArray();
  }

  /// A checkpoint: a pickle, and storages of floats that count 0, 1, 2... under the keys 0, 1...
  static byte[] checkpoint(byte[] pickle, int... storages) {
    ZipWriter zip = new ZipWriter().stored("model/data.pkl", pickle);
    for (int key = 0; key < storages.length; key++) {
      zip.stored("model/data/" + key, counting(storages[key]));
    }
    return zip.stored("model/version", "3\n".getBytes(StandardCharsets.US_ASCII)).end();
  }

  /// The floats 0, 1, 2...
  static byte[] counting(int count) {
    byte[] bytes = new byte[4 * count];
    ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      floats.putFloat(i);
    }
    return bytes;
  }
}
