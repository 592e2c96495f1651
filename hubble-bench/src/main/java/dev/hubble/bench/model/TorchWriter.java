// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/// Writes a table of tensors as `torch.save` does: a zip archive with a pickle and one entry per
/// storage, aligned to 64 bytes, sizes in the directory only.
final class TorchWriter implements AutoCloseable {
  private static final int PIECE = 1 << 20;
  private static final long SATURATED = 0xFFFF_FFFFL;

  private final FileChannel out;
  private final String root;
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int entries;

  private TorchWriter(Path file) throws IOException {
    this.out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    String name = String.valueOf(file.getFileName());
    this.root = name.substring(0, name.lastIndexOf('.'));
  }

  /// Writes the tensors, F32 or F16, under the names of the map.
  static void write(Path file, Map<String, ? extends StoredTensor> tensors) throws IOException {
    try (var writer = new TorchWriter(file)) {
      byte[] pickle = pickle(tensors);
      writer.begin("data.pkl");
      writer.write(ByteBuffer.wrap(pickle));
      writer.end("data.pkl", pickle.length);
      int key = 0;
      for (var tensor : tensors.values()) {
        String entry = "data/" + key++;
        writer.begin(entry);
        writer.end(entry, writer.numbers(tensor));
      }
      writer.finish();
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private long header;

  private void begin(String entry) throws IOException {
    header = out.position();
    byte[] name = (root + "/" + entry).getBytes(StandardCharsets.UTF_8);
    int padding = (int) Math.floorMod(-(header + 34 + name.length), 64L);
    var local = buffer(34 + name.length + padding);
    local.putInt(0x04034b50).putInt(0x08080000).putShort(26, (short) name.length);
    local.putShort(28, (short) (4 + padding)).position(30);
    local.put(name).putShort((short) 0x4246).putShort((short) padding);
    write(local.rewind());
  }

  private void end(String entry, long size) throws IOException {
    byte[] name = (root + "/" + entry).getBytes(StandardCharsets.UTF_8);
    boolean far = header >= SATURATED;
    byte[] record = new byte[46 + name.length + (far ? 12 : 0)];
    var central = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    central.putInt(0x02014b50).putInt(0).putInt(0x0808).putLong(0);
    central.putInt((int) size).putInt((int) size);
    central.putShort((short) name.length).putShort((short) (far ? 12 : 0)).putShort((short) 0);
    central.putLong(0).putInt((int) Math.min(header, SATURATED)).put(name);
    if (far) {
      central.putShort((short) 1).putShort((short) 8).putLong(header);
    }
    directory.writeBytes(record);
    entries++;
  }

  private long numbers(StoredTensor tensor) throws IOException {
    float[] values = new float[PIECE];
    var bytes = buffer(PIECE * 4);
    for (long at = 0; at < tensor.size(); at += PIECE) {
      int count = (int) Math.min(PIECE, tensor.size() - at);
      tensor.read(at, values, 0, count);
      bytes.clear();
      for (int i = 0; i < count; i++) {
        if (tensor.type() == StoredType.F16) {
          bytes.putShort(Float.floatToFloat16(values[i]));
        } else {
          bytes.putFloat(values[i]);
        }
      }
      write(bytes.flip());
    }
    return tensor.size() * tensor.type().bytes();
  }

  private void finish() throws IOException {
    long start = out.position();
    write(ByteBuffer.wrap(directory.toByteArray()));
    long end = out.position();
    var records = buffer(98);
    records.putInt(0x06064b50).putLong(44).putInt(0).putLong(0);
    records.putLong(entries).putLong(entries).putLong(directory.size()).putLong(start);
    records.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    records.putInt(0x06054b50).putInt(0).putShort((short) entries).putShort((short) entries);
    records.putInt(directory.size()).putInt((int) Math.min(start, SATURATED)).putShort((short) 0);
    write(records.rewind());
  }

  private static byte[] pickle(Map<String, ? extends StoredTensor> tensors) {
    var out = new ByteArrayOutputStream();
    text(out, "\u0080\u0002}(");
    int key = 0;
    for (var entry : tensors.entrySet()) {
      var tensor = entry.getValue();
      string(out, entry.getKey());
      text(out, "ctorch._utils\n_rebuild_tensor_v2\n((");
      string(out, "storage");
      text(
          out,
          "ctorch\n%s\n"
              .formatted(tensor.type() == StoredType.F16 ? "HalfStorage" : "FloatStorage"));
      string(out, Integer.toString(key++));
      string(out, "cuda:0");
      number(out, tensor.size());
      text(out, "tQK\0(");
      long[] shape = tensor.shape();
      long stride = tensor.size();
      for (long side : shape) {
        number(out, side);
      }
      text(out, "t(");
      for (long side : shape) {
        stride /= side;
        number(out, stride);
      }
      text(out, "t\u0089ccollections\nOrderedDict\n)RtR");
    }
    text(out, "u.");
    return out.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String ops) {
    out.writeBytes(ops.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void string(ByteArrayOutputStream out, String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(buffer(5).put((byte) 'X').putInt(utf8.length).array());
    out.writeBytes(utf8);
  }

  private static void number(ByteArrayOutputStream out, long value) {
    out.writeBytes(buffer(5).put((byte) 'J').putInt(Math.toIntExact(value)).array());
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
