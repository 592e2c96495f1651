// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// A short name for the numbers of a model, the same in whatever kind of file they come: whole or
/// in shards, safetensors or pickles.
///
/// It is the beginning of the SHA-256 of a sample: of every tensor, sorted by name, the name, the
/// type, the shape without trailing ones (a linear layer may be stored as a 1x1 convolution), and
/// the values of four runs of sixteen elements, spread evenly from the first to the last. So a
/// model of several gigabytes is named after reading some hundred kilobytes of it. Training changes
/// every weight and so changes the hash; a change made on purpose to a few numbers need not, and
/// for that it is no proof that a file is genuine.
///
/// Pass stores under canonical names, see [NameMaps].
public final class ContentHash {
  private static final int RUNS = 4;
  private static final int RUN = 16;
  private static final int DIGITS = 10;

  private final Map<String, byte[]> components = new TreeMap<>();

  /// The hash of a model that has no component yet.
  public ContentHash() {}

  /// The hash of one component: ten hexadecimal digits.
  public static String of(TensorStore store) {
    return hex(digest(store));
  }

  /// Adds a component to the hash of a model; their order does not matter.
  public ContentHash add(String component, TensorStore store) {
    components.put(component, digest(store));
    return this;
  }

  /// The hash of all components so far: ten hexadecimal digits.
  public String hex() {
    MessageDigest sha = sha256();
    components.forEach((name, digest) -> {
      text(sha, name);
      sha.update(digest);
    });
    return hex(sha.digest());
  }

  private static byte[] digest(TensorStore store) {
    MessageDigest sha = sha256();
    for (String name : new TreeSet<>(store.names())) {
      StoredTensor tensor = store.find(name);
      if (tensor != null) {
        text(sha, name);
        text(sha, tensor.type().name());
        shape(sha, tensor.shape());
        sample(sha, tensor);
      }
    }
    return sha.digest();
  }

  private static void shape(MessageDigest sha, long[] shape) {
    int rank = shape.length;
    while (rank > 0 && shape[rank - 1] == 1) {
      rank--;
    }
    number(sha, rank);
    for (int i = 0; i < rank; i++) {
      number(sha, shape[i]);
    }
  }

  private static void sample(MessageDigest sha, StoredTensor tensor) {
    long size = tensor.size();
    if (size <= RUNS * RUN) {
      run(sha, tensor, 0, (int) size);
      return;
    }
    for (int i = 0; i < RUNS; i++) {
      run(sha, tensor, (size - RUN) * i / (RUNS - 1), RUN);
    }
  }

  private static void run(MessageDigest sha, StoredTensor tensor, long from, int count) {
    if (tensor.type().isFloat()) {
      float[] values = new float[count];
      tensor.read(from, values, 0, count);
      for (float value : values) {
        // One bit pattern for every NaN: which one a conversion yields depends on the processor.
        number(sha, Float.floatToIntBits(value));
      }
    } else if (tensor.type().isInteger()) {
      long[] values = new long[count];
      tensor.read(from, values, 0, count);
      for (long value : values) {
        number(sha, value);
      }
    }
  }

  private static void text(MessageDigest sha, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(sha, utf8.length);
    sha.update(utf8);
  }

  private static void number(MessageDigest sha, long number) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest).substring(0, DIGITS);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
