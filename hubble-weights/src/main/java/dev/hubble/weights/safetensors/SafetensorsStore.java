// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.data.SegmentTensor;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One safetensors file. Everything that the header claims has been checked once it is open.
public final class SafetensorsStore implements TensorStore {
  /// The reference reader's limit, which keeps a damaged length from asking for all memory.
  public static final int MAX_HEADER = 100_000_000;

  private static final int PREFIX = 8;
  private static final ValueLayout.OfLong U64 = JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final FileBytes bytes;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata;

  private SafetensorsStore(FileBytes bytes) {
    this.bytes = bytes;
    int headerSize = headerSize(bytes);
    byte[] json = bytes.segment().asSlice(PREFIX, headerSize).toArray(JAVA_BYTE);
    Header header = HeaderParser.parse(bytes.file(), json);
    long data = (long) PREFIX + headerSize;
    var entries = new Layout(bytes.file()).check(header.entries(), bytes.size() - data);
    for (Entry entry : entries) {
      long[] shape = entry.shape().stream().mapToLong(Long::longValue).toArray();
      tensors.put(
          entry.name(),
          new SegmentTensor(
              bytes,
              entry.name(),
              entry.type(),
              shape,
              Layout.elements(entry),
              data + entry.begin()));
    }
    metadata = Collections.unmodifiableMap(header.metadata());
  }

  /// Opens a file; closes it again if it is not valid.
  public static SafetensorsStore open(FileBytes bytes) {
    try {
      return new SafetensorsStore(bytes);
    } catch (Throwable e) {
      bytes.close();
      throw e;
    }
  }

  private static int headerSize(FileBytes bytes) {
    if (bytes.size() < PREFIX) {
      throw Broken.file(bytes.file(), "it has only " + bytes.size() + " bytes");
    }
    WeightsException impostor = Impostors.recognise(bytes);
    if (impostor != null) {
      throw impostor;
    }
    long size = bytes.segment().get(U64, 0);
    if (size < 0 || size > MAX_HEADER) {
      throw Broken.file(
          bytes.file(),
          "it claims a header of %s bytes, more than the limit of %d"
              .formatted(Long.toUnsignedString(size), MAX_HEADER));
    }
    if (size > bytes.size() - PREFIX) {
      throw Broken.file(
          bytes.file(),
          "it is cut short, with %d bytes of the %d that its header should have"
              .formatted(bytes.size() - PREFIX, size));
    }
    return (int) size;
  }

  @Override
  public String source() {
    return bytes.file();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public @Nullable StoredTensor find(String name) {
    return tensors.get(name);
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    bytes.close();
  }
}
