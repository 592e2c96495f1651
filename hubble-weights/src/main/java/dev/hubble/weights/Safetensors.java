// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.safetensors.SafetensorsStore;
import dev.hubble.weights.safetensors.ShardedStore;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Reads [safetensors](https://github.com/huggingface/safetensors), the format in which models are
/// published today. A file is checked as strictly as by the reference reader before it is accepted.
public final class Safetensors {
  private Safetensors() {}

  /// Opens a file of any length. It is mapped, not read: opening costs little, and the values come
  /// from the disk when they are asked for.
  ///
  /// @throws WeightsException if it is missing or not valid
  public static TensorStore open(Path file) {
    return SafetensorsStore.open(FileBytes.map(file));
  }

  /// Reads a file that is in memory already, such as a resource. The bytes are not copied.
  ///
  /// @param name what to call it in messages
  /// @throws WeightsException if it is not valid
  public static TensorStore read(String name, byte[] bytes) {
    return SafetensorsStore.open(FileBytes.of(name, MemorySegment.ofArray(bytes)));
  }

  /// Opens the shards that a `*.safetensors.index.json` names, all of which lie beside it. Tensors
  /// that a shard holds and the index does not name are not part of the store.
  ///
  /// @throws WeightsException if the index or a shard is missing or not valid, or a shard lacks a
  ///   tensor
  public static TensorStore openIndex(Path index) {
    return ShardedStore.open(index, Safetensors::open);
  }
}
