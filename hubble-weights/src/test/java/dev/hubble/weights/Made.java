// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// Files made by hand, so that they can be wrong, and what a message must look like.
public final class Made {
  private Made() {}

  /// A file with this header and this data.
  public static byte[] file(byte[] header, byte[] data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }

  /// A file with this header, in which `'` stands for `"`, and this many bytes of data: 1, 2, 3...
  public static byte[] file(String header, int dataSize) {
    byte[] data = new byte[dataSize];
    for (int i = 0; i < dataSize; i++) {
      data[i] = (byte) (i + 1);
    }
    return file(header.replace('\'', '"').getBytes(StandardCharsets.UTF_8), data);
  }

  /// The bytes of an array of numbers of one width, little-endian.
  public static byte[] bytes(int width, long... bits) {
    ByteBuffer buffer = ByteBuffer.allocate(width * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : bits) {
      for (int i = 0; i < width; i++) {
        buffer.put((byte) (value >>> (8 * i)));
      }
    }
    return buffer.array();
  }

  public static float[] floats(StoredTensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  public static long[] integers(StoredTensor tensor) {
    long[] values = new long[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  public static StoredTensor tensor(TensorStore store, String name) {
    StoredTensor tensor = store.find(name);
    assertThat(tensor).as(name).isNotNull();
    return tensor;
  }

  /// Runs what must fail, and checks that the message is one sentence with all these words.
  public static WeightsException fails(ThrowingCallable code, String... words) {
    WeightsException e = catchThrowableOfType(WeightsException.class, code);
    assertThat(e).as("nothing was thrown").isNotNull();
    assertThat(e.getClass()).isEqualTo(WeightsException.class);
    assertThat(e.getMessage())
        .contains(words)
        .doesNotContain("\n", "\r", "%s", "null")
        .doesNotContainPattern("[.!?] +\\p{Lu}")
        .endsWith(".")
        .doesNotEndWith("..");
    return e;
  }
}
