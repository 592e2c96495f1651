// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubble.weights.Made;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.TorchCheckpoints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An archive longer than 32 bits can count, as that of a UNet with its optimiser is: sizes and
/// places stand in zip64 fields then. It is almost all hole, and takes next to no disk where the
/// file system knows holes.
class HugeArchiveTest {
  private static final long BIG = 5_000_000_000L;
  private static final long SATURATED = 0xFFFF_FFFFL;

  @TempDir Path folder;

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long header(RandomAccessFile file, String name) throws IOException {
    long at = file.getFilePointer();
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    file.write(
        buffer(30).putInt(0x04034b50).putInt(0x08080000).putShort(26, (short) utf8.length).array());
    file.write(utf8);
    return at;
  }

  private static byte[] entry(String name, long size, long header) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer extra = buffer(28);
    // Only what does not fit stands in the field.
    extra.putShort((short) 1).putShort((short) 0);
    if (size >= SATURATED) {
      extra.putLong(size).putLong(size);
    }
    if (header >= SATURATED) {
      extra.putLong(header);
    }
    extra.putShort(2, (short) (extra.position() - 4));
    byte[] field = new byte[extra.position()];
    extra.flip().get(field);
    return buffer(46 + utf8.length + field.length)
        .putInt(0x02014b50)
        .putInt(0)
        .putShort((short) 0x808)
        .putShort((short) 0)
        .putLong(0)
        .putInt((int) Math.min(size, SATURATED))
        .putInt((int) Math.min(size, SATURATED))
        .putShort((short) utf8.length)
        .putShort((short) field.length)
        .putShort((short) 0)
        .putLong(0)
        .putInt((int) Math.min(header, SATURATED))
        .put(utf8)
        .put(field)
        .array();
  }

  @Test
  void whatLiesBeyondFourGigabytesIsFound() throws IOException {
    assumeTrue(
        Files.getFileStore(folder).getUsableSpace() > 2 * BIG,
        "the disk of the temporary folder has less than 10 GB free");
    Path path = folder.resolve("huge.ckpt");
    byte[] pickle =
        PickleWriter.start()
            .ops("}(")
            .text("big")
            .floats("0", BIG / 4)
            .text("last")
            .floats("1", 3)
            .ops("u")
            .end();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      var directory = new ByteArrayOutputStream();
      directory.writeBytes(entry("huge/data/0", BIG, header(file, "huge/data/0")));
      file.seek(file.getFilePointer() + BIG - 4);
      file.write(buffer(4).putFloat(-0.5f).array());
      directory.writeBytes(entry("huge/data/1", 12, header(file, "huge/data/1")));
      file.write(ZipWriter.counting(3));
      directory.writeBytes(entry("huge/data.pkl", pickle.length, header(file, "huge/data.pkl")));
      file.write(pickle);
      long start = file.getFilePointer();
      file.write(directory.toByteArray());
      long end64 = file.getFilePointer();
      file.write(
          buffer(98)
              .putInt(0x06064b50)
              .putLong(44)
              .putInt(0)
              .putLong(0)
              .putLong(3)
              .putLong(3)
              .putLong(directory.size())
              .putLong(start)
              .putInt(0x07064b50)
              .putInt(0)
              .putLong(end64)
              .putInt(1)
              .putInt(0x06054b50)
              .putInt(0)
              .putShort((short) 3)
              .putShort((short) 3)
              .putInt(directory.size())
              .putInt(-1)
              .putShort((short) 0)
              .array());
      assertThat(start).isGreaterThan(1L << 32);
    }
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(BIG);
    try (TensorStore store = TorchCheckpoints.open(path)) {
      assertThat(Made.floats(Made.tensor(store, "last"))).containsExactly(0, 1, 2);
      var big = Made.tensor(store, "big");
      assertThat(big.size()).isEqualTo(BIG / 4);
      float[] end = new float[3];
      big.read(BIG / 4 - 3, end, 0, 3);
      assertThat(end).containsExactly(0, 0, -0.5f);
    } finally {
      Files.delete(path);
    }
  }
}
