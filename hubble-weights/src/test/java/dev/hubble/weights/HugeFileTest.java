// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file longer than an int can count, which is almost all hole and so takes next to no disk where
/// the file system knows holes. The heap of the tests is smaller than the file.
class HugeFileTest {
  private static final long BIG = 5_000_000_000L;

  @TempDir Path folder;

  @Test
  void theLastTensorOfAFileOfFiveGigabytesCanBeRead() throws IOException {
    assumeTrue(
        Files.getFileStore(folder).getUsableSpace() > 2 * BIG,
        "the disk of the temporary folder has less than 10 GB free");
    byte[] header =
        "{\"big\":{\"dtype\":\"F16\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"last\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}"
            .formatted(BIG / 2, BIG, BIG, BIG + 8)
            .getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve("huge.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(Made.bytes(8, header.length));
      file.write(header);
      file.setLength(8 + header.length + BIG + 8);
      file.seek(8 + header.length + BIG - 2);
      file.write(Made.bytes(2, Float.floatToFloat16(-0.75f)));
      file.write(Made.bytes(4, Float.floatToIntBits(3.5f), Float.floatToIntBits(-1f)));
    }
    assertThat(Files.size(path)).isGreaterThan(1L << 32);
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(BIG);
    try (TensorStore store = Safetensors.open(path)) {
      assertThat(Made.floats(Made.tensor(store, "last"))).containsExactly(3.5f, -1f);
      StoredTensor big = Made.tensor(store, "big");
      assertThat(big.size()).isEqualTo(BIG / 2);
      float[] end = new float[3];
      big.read(BIG / 2 - 3, end, 0, 3);
      assertThat(end).containsExactly(0, 0, -0.75f);
      assertThat(ContentHash.of(store)).hasSize(10);
    } finally {
      Files.delete(path);
    }
  }
}
