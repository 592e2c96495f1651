// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.Quoted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// The length and the JSON at the beginning of a file, and the order in which the data follows.
public final class HeaderWriter {
  private record Named(String name, StoredTensor tensor) {
    StoredType type() {
      return tensor.type();
    }

    byte[] utf8() {
      return HeaderWriter.utf8(name);
    }
  }

  private final ByteBuffer bytes;
  private final List<StoredTensor> tensors;

  private HeaderWriter(ByteBuffer bytes, List<StoredTensor> tensors) {
    this.bytes = bytes;
    this.tensors = tensors;
  }

  /// Lays out a file.
  public static HeaderWriter of(
      Path file, Map<String, ? extends StoredTensor> tensors, Map<String, String> metadata) {
    List<Named> sorted = new ArrayList<>();
    tensors.forEach((name, tensor) -> sorted.add(new Named(name, tensor)));
    sorted.sort(
        Comparator.comparing(Named::type)
            .reversed()
            .thenComparing(Named::utf8, Arrays::compareUnsigned));

    List<String> members = new ArrayList<>();
    if (!metadata.isEmpty()) {
      members.add(
          new TreeMap<>(metadata)
              .entrySet().stream()
                  .map(e -> quote(e.getKey()) + ":" + quote(e.getValue()))
                  .collect(Collectors.joining(",", "\"__metadata__\":{", "}")));
    }
    List<StoredTensor> ordered = new ArrayList<>();
    long at = 0;
    for (Named named : sorted) {
      StoredTensor tensor = named.tensor;
      check(file, named.name);
      long end = at + Math.multiplyExact(tensor.size(), (long) tensor.type().bits()) / 8;
      members.add(member(named.name, tensor, at, end));
      ordered.add(tensor);
      at = end;
    }
    return new HeaderWriter(encode(file, members), ordered);
  }

  /// The beginning of the file.
  public ByteBuffer bytes() {
    return bytes.duplicate();
  }

  /// The tensors whose data follows, in this order.
  public List<StoredTensor> tensors() {
    return tensors;
  }

  private static String member(String name, StoredTensor tensor, long begin, long end) {
    String shape =
        LongStream.of(tensor.shape()).mapToObj(Long::toString).collect(Collectors.joining(","));
    return "%s:{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
        .formatted(quote(name), tensor.type(), shape, begin, end);
  }

  private static ByteBuffer encode(Path file, List<String> members) {
    byte[] json = utf8("{" + String.join(",", members) + "}");
    int padded = (json.length + 7) / 8 * 8;
    if (padded > SafetensorsStore.MAX_HEADER) {
      throw new WeightsException(
          "%s cannot be written because its header would be %d bytes long, over the limit of %d; split it into several files."
              .formatted(file, padded, SafetensorsStore.MAX_HEADER));
    }
    ByteBuffer bytes = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded).put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.flip();
  }

  private static void check(Path file, String name) {
    if (name.equals("__metadata__") || !StrictJson.isUnicode(name)) {
      throw new WeightsException(
          "%s cannot be written because %s is no name for a tensor; choose another."
              .formatted(file, Quoted.of(name)));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// A JSON string with the fewest escapes, as the reference writer has it.
  private static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }
}
