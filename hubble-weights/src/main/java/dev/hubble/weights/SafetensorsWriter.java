// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import dev.hubble.weights.data.NewFile;
import dev.hubble.weights.safetensors.HeaderWriter;
import dev.hubble.weights.safetensors.TensorEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Writes safetensors files, byte for byte as the reference writer does: the widest type first,
/// then by name, so that all data is aligned; compact JSON, padded with spaces to a multiple of
/// eight.
public final class SafetensorsWriter {
  /// What transformers insists on finding in a file's metadata.
  public static final Map<String, String> DEFAULT_METADATA = Map.of("format", "pt");

  private SafetensorsWriter() {}

  /// Writes the tensors under the names of the map, with the default metadata.
  ///
  /// @see #write(Path, Map, Map)
  public static void write(Path file, Map<String, ? extends StoredTensor> tensors) {
    write(file, tensors, DEFAULT_METADATA);
  }

  /// Writes the tensors under the names of the map, each in its own format; [StoredTensor#as]
  /// chooses another. Values are read a piece at a time while they are written. The file appears
  /// under its name when it is complete, in the place of an older one; if anything fails, nothing
  /// is left behind.
  ///
  /// @throws WeightsException if the file cannot be written or a tensor cannot be read
  public static void write(
      Path file, Map<String, ? extends StoredTensor> tensors, Map<String, String> metadata) {
    HeaderWriter header = HeaderWriter.of(file, tensors, metadata);
    NewFile.write(
        file,
        channel -> {
          writeFully(channel, header.bytes());
          writeAll(channel, header.tensors());
        });
  }

  private static void writeAll(WritableByteChannel channel, List<StoredTensor> tensors)
      throws IOException {
    TensorEncoder encoder = new TensorEncoder();
    for (StoredTensor tensor : tensors) {
      long pieces = encoder.pieces(tensor);
      for (long piece = 0; piece < pieces; piece++) {
        writeFully(channel, encoder.encode(tensor, piece));
      }
    }
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
